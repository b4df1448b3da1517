// SPDX-License-Identifier: MIT
// The verdict on futex waits, on registers and words as the libraries leave them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "tsa_futex_verdict.h"

namespace {

constexpr std::uint32_t kSelf = 700, kColleague = 701, kForeigner = 900;

}  // namespace

static int tsa_relation_of(const tsa_futex_wait*, TSA_U32 tid) {
    if (tid == kSelf || tid == kColleague || tid == 1 || tid == 2 || tid == 16) {
        return TSA_SAME_PROCESS;
    }
    return tid == kForeigner ? TSA_OTHER_PROCESS : TSA_NO_THREAD;
}

namespace tsa {
namespace {

constexpr std::uint32_t kPrivate = TSA_FUTEX_PRIVATE;
constexpr std::uint32_t kBitset = TSA_FUTEX_WAIT_BITSET;
constexpr std::uint32_t kRealtime = TSA_FUTEX_REALTIME;

/// A wait with the words from the futex on, and those in front of it.
tsa_futex_wait waiting(std::uint32_t operation, std::uint32_t value, std::initializer_list<std::uint32_t> words,
                       std::initializer_list<std::uint32_t> before = {}) {
    tsa_futex_wait wait{};
    wait.address = 0x7f00'0000'1000;
    wait.operation = operation;
    wait.value = value;
    wait.tid = kSelf;
    wait.has_words = words.size() != 0 ? 1 : 0;
    std::copy(words.begin(), words.end(), wait.words + TSA_FUTEX_BEFORE);
    std::copy_backward(before.begin(), before.end(), wait.words + TSA_FUTEX_BEFORE);
    return wait;
}

std::string verdict_on(const tsa_futex_wait& wait) {
    tsa_futex_verdict verdict{};
    tsa_futex_judge(&wait, &verdict);
    std::string text = verdict.state == TSA_LOCK_WAIT ? "lock" : verdict.state == TSA_SYNC ? "sync" : "?";
    constexpr const char* kKinds[] = {
#define TSA_WAIT_KIND(name, NAME) #name,
        TSA_WAIT_KIND_LIST(TSA_WAIT_KIND)
#undef TSA_WAIT_KIND
    };
    text += verdict.kind != TSA_KIND_NONE ? std::string(" ") + kKinds[verdict.kind] : std::string();
    text += verdict.peer != 0 ? " " + std::to_string(verdict.peer) : std::string();
    return text + (verdict.doubtful != 0 ? "?" : "");
}

TEST(FutexVerdict, mutexes_of_glibc) {
    EXPECT_EQ(verdict_on(waiting(kPrivate, 2, {2, 0, kColleague, 1, 0})), "lock mutex_with_owner");
    EXPECT_EQ(verdict_on(waiting(kPrivate, 2, {2, 3, kColleague, 1, 1})), "lock mutex_with_owner") << "recursive";
    EXPECT_EQ(verdict_on(waiting(kPrivate, 2, {2, 0, kSelf, 1, 0})), "lock mutex_with_owner") << "locked twice";
    EXPECT_EQ(verdict_on(waiting(kPrivate, 2, {2, 0, kForeigner, 1, 0})), "lock mutex?") << "private, of another";
    EXPECT_EQ(verdict_on(waiting(0, 2, {2, 0, kForeigner, 1, 0x80})), "lock mutex_with_owner") << "shared";
    tsa_futex_wait timed = waiting(kBitset | kPrivate | kRealtime, 2, {2, 0, kColleague, 1, 0});
    timed.timed = 1;
    EXPECT_EQ(verdict_on(timed), "lock mutex_with_owner");
    EXPECT_EQ(verdict_on(waiting(0, 0x80000000U | kForeigner, {0x80000000U | kForeigner, 0, kForeigner, 1, 0x90})),
              "lock owner_in_word 900")
        << "robust";
    EXPECT_EQ(verdict_on(waiting(kPrivate | TSA_FUTEX_LOCK_PI, 0, {kColleague})), "lock owner_in_word");
}

TEST(FutexVerdict, a_mutex_on_the_own_stack_is_a_lock_and_a_node_of_musl_there_is_not) {
    tsa_futex_wait local = waiting(kPrivate, 2, {2, 0, kColleague, 1, 0});
    local.in_stack = 1;
    EXPECT_EQ(verdict_on(local), "lock mutex_with_owner");
    tsa_futex_wait node = waiting(kPrivate, 2, {2, 0, 0, 0, 0});
    node.in_stack = 1;
    EXPECT_EQ(verdict_on(node), "sync condition");
    node.has_words = 0;
    EXPECT_EQ(verdict_on(node), "sync condition") << "known from the registers alone";
}

TEST(FutexVerdict, value_2_without_an_owner_is_believed_when_it_repeats_and_never_of_a_counter) {
    tsa_futex_wait wait = waiting(kBitset | kPrivate, 2, {2, 0, 0, 0, 0});  // Rust's Mutex, or its Condvar
    EXPECT_EQ(verdict_on(wait), "lock mutex?");
    wait.repeated = 1;
    EXPECT_EQ(verdict_on(wait), "lock mutex");
    wait.repeated = 0;
    wait.counter = 1;
    EXPECT_EQ(verdict_on(wait), "sync");
    wait.counter = 0;
    wait.timed = 1;
    EXPECT_EQ(verdict_on(wait), "sync") << "no such lock has a timeout";
    EXPECT_EQ(verdict_on(waiting(kPrivate, 2, {2, 0, 0, 0, 0})), "lock mutex?") << "Go's, or glibc's between owners";
    EXPECT_EQ(verdict_on(waiting(kPrivate, 2, {})), "lock mutex?") << "no memory read";
}

TEST(FutexVerdict, rwlocks_of_glibc) {
    constexpr std::uint32_t kOperation = kBitset | kPrivate | kRealtime;
    // A reader at the third word, a writer at the fourth; the writer that holds it is the seventh.
    EXPECT_EQ(verdict_on(waiting(kOperation, 3, {3, 1, 0, 0, kColleague, 0}, {3, 0})), "lock rwlock_reader");
    EXPECT_EQ(verdict_on(waiting(kOperation, 3, {3, 0, 0, kColleague, 0, 0}, {3, 1, 1})), "lock rwlock_writer");
    EXPECT_EQ(verdict_on(waiting(kOperation, 2, {2, 1, 0, 0, 0, 0}, {8 | 2, 1})), "lock rwlock") << "behind a reader";
    EXPECT_EQ(verdict_on(waiting(kOperation, 3, {3, 0, 0, 0, 0, 0}, {8 | 2, 0, 2})), "lock rwlock") << "behind that";
    EXPECT_EQ(verdict_on(waiting(kOperation, 14, {14, 1, 2, 1, 0, 0})), "lock rwlock") << "lets writers pass";
}

TEST(FutexVerdict, condition_variables_of_glibc_are_never_locks_whatever_their_counter) {
    constexpr std::uint32_t kOperation = kBitset | kPrivate | kRealtime;
    for (const std::uint32_t value : {0U, 2U, 3U, 4U, 14U, 700U}) {
        // The groups' sizes, the number of waiters (shifted by 3; 2: steady clock), then the two counters.
        EXPECT_EQ(verdict_on(waiting(kOperation, value, {value, 0, 0, 0, 0, 0}, {0, 1, 4, 8 | 2})), "sync") << value;
        EXPECT_EQ(verdict_on(waiting(kOperation, value, {value, 0, 0, 0, 0, 0}, {1, 4, 8 | 2, 0})), "sync") << value;
        EXPECT_EQ(verdict_on(waiting(kOperation, value, {value, 0, 16, 0, 0, 0}, {0, 0, 1, 4})), "sync")
            << value << ", 2.40";
    }
}

TEST(FutexVerdict, semaphores_barriers_and_joins_of_glibc) {
    EXPECT_EQ(verdict_on(waiting(kBitset | kPrivate | kRealtime, 0, {0, 1, 0, 0})), "sync semaphore");
    EXPECT_EQ(verdict_on(waiting(kBitset | kRealtime, 0, {0, 2, 128, 0})), "sync semaphore") << "shared";
    EXPECT_EQ(verdict_on(waiting(kPrivate, 0, {0, 2, 0, 0}, {1})), "sync barrier");
    EXPECT_EQ(verdict_on(waiting(kPrivate, 2, {2, 2, 0, 0}, {3})), "sync barrier") << "never a lock";
    EXPECT_EQ(verdict_on(waiting(kPrivate, 9, {9, 3, 0, 1}, {11})), "sync barrier");
    EXPECT_EQ(verdict_on(waiting(kBitset | kRealtime, kColleague, {kColleague})), "sync join 701");
    EXPECT_EQ(verdict_on(waiting(kBitset | kRealtime, 12345, {12345})), "sync") << "no thread";
}

TEST(FutexVerdict, musl) {
    EXPECT_EQ(verdict_on(waiting(kPrivate, 0x80000010U, {0x80000010U, 1}, {0})), "lock mutex");
    EXPECT_EQ(verdict_on(waiting(kPrivate, 0x80000000U | kColleague, {0x80000000U | kColleague, 1}, {1})),
              "lock owner_in_word 701")
        << "recursive";
    EXPECT_EQ(verdict_on(waiting(kPrivate, 0xffffffffU, {0xffffffffU, 1, 0})), "lock rwlock");
    EXPECT_EQ(verdict_on(waiting(kPrivate, 0x80000001U, {0x80000001U, 1, 0})), "lock rwlock") << "behind one reader";
    EXPECT_EQ(verdict_on(waiting(kPrivate, 2, {2, 0, 0x00010000, 0, 0x1000}, {kColleague, 0})), "sync join 701");
}

TEST(FutexVerdict, writers_of_rusts_rwlock) {
    constexpr std::uint32_t kOperation = kBitset | kPrivate;
    EXPECT_EQ(verdict_on(waiting(kOperation, 7, {7, 0, 0}, {0xbfffffff})), "lock rwlock") << "behind a writer";
    EXPECT_EQ(verdict_on(waiting(kOperation, 2, {2, 0, 0}, {0xbfffffff})), "lock rwlock") << "at any count";
    EXPECT_EQ(verdict_on(waiting(kOperation, 0, {0, 0, 0}, {0xffffffff})), "lock rwlock") << "readers wait too";
    EXPECT_EQ(verdict_on(waiting(kOperation, 0, {0, 7, 0}, {0xffffffff})), "lock rwlock?") << "or it is another -1";
    EXPECT_EQ(verdict_on(waiting(kOperation, 1, {1, 0, 0}, {0x80000003})), "lock rwlock?") << "behind three readers";
    EXPECT_EQ(verdict_on(waiting(kOperation, 1, {1, 0, 0}, {0x3fffffff})), "sync") << "no writer waits";
    EXPECT_EQ(verdict_on(waiting(kOperation, 1, {1, 0, 0}, {0x80000000})), "sync") << "no one has it";
    EXPECT_EQ(verdict_on(waiting(kOperation, 1, {}, {})), "sync");
    EXPECT_EQ(verdict_on(waiting(kOperation | kRealtime, 1, {1, 0, 0}, {0xbfffffff})), "sync") << "glibc's";
}

TEST(FutexVerdict, rust) {
    EXPECT_EQ(verdict_on(waiting(kBitset | kPrivate, 0x7fffffffU, {0x7fffffffU})), "lock rwlock");
    EXPECT_EQ(verdict_on(waiting(kBitset | kPrivate, 0xbfffffffU, {0xbfffffffU})), "lock rwlock");
    EXPECT_EQ(verdict_on(waiting(kBitset | kPrivate, 0xffffffffU, {0xffffffffU})), "sync") << "parked";
    EXPECT_EQ(verdict_on(waiting(kBitset | kPrivate, 7, {7})), "sync") << "a condition variable";
}

TEST(FutexVerdict, unknown_protocols_are_waits_for_another_thread) {
    EXPECT_EQ(verdict_on(waiting(kPrivate, 1, {1, 0, 0, 0})), "sync") << "parking_lot";
    EXPECT_EQ(verdict_on(waiting(kPrivate, 0, {0, 0, 0, 0})), "sync") << "absl, Go";
    EXPECT_EQ(verdict_on(waiting(11 | kPrivate, 2, {2, 0, kColleague, 1, 0})), "sync") << "FUTEX_WAIT_REQUEUE_PI";
}

}  // namespace
}  // namespace tsa
