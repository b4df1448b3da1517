// SPDX-License-Identifier: MIT
// Futex waits that began before the probes: which of them are judged again with their memory, and what is written into
// their slots. The verdicts themselves: futex_verdict_test.cpp. A simulated machine: slots, and memory as words.
#include "sched/seeded_futexes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/first_namespace.h"
#include "model/sample.h"
#include "sched/decode.h"
#include "tsa_futex.h"

namespace tsa {
namespace {

constexpr std::uint64_t kFutex = 0x7000;
constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kWaitPrivate = TSA_FUTEX_WAIT | TSA_FUTEX_PRIVATE;
constexpr std::uint64_t kTimedPrivate = TSA_FUTEX_WAIT_BITSET | TSA_FUTEX_PRIVATE | TSA_FUTEX_REALTIME;
/// What is in the words of a query that failed.
constexpr std::uint32_t kLeftover = 13;
constexpr std::int32_t kFutexCall = 202, kCompatFutexCall = 240;

class SeededFutexes : public ::testing::Test {
  protected:
    tsa_slot& add(std::uint32_t tid, std::uint32_t tgid) {
        tsa_slot& slot = slots_.emplace_back();
        slot.seq = 2;
        slot.life = 1;
        slot.tid = slot.ns_tid = tid;
        slot.pid_namespace = own_pid_namespace();
        slot.tgid = tgid;
        slot.state = TSA_SLEEP;
        slot.wait_syscall = TSA_NO_SYSCALL;
        return slot;
    }
    /// As the iterator leaves it: a verdict on the registers.
    tsa_slot& add_waiter(std::uint32_t tid, std::uint32_t tgid, std::uint64_t operation = kWaitPrivate,
                         std::uint64_t value = TSA_FUTEX_CONTENDED, std::uint64_t address = kFutex) {
        tsa_slot& slot = add(tid, tgid);
        slot.state = TSA_LOCK_WAIT;
        slot.flags = TSA_F_SEEDED_WAIT | TSA_F_DOUBTFUL;
        slot.wait_syscall = kFutexCall;
        slot.wait_arg[0] = address;
        slot.wait_arg[1] = operation;
        slot.wait_arg[2] = value;
        slot.wait_kind = TSA_KIND_MUTEX;
        return slot;
    }
    void put(std::uint64_t address, std::initializer_list<std::uint32_t> words) {
        for (const std::uint32_t word : words) {
            memory_[address] = word;
            address += sizeof(word);
        }
    }
    /// A glibc mutex that `owner` holds.
    void put_mutex(std::uint32_t owner, std::uint64_t address = kFutex) { put(address, {2, 0, owner, 1, 0}); }

    void judge() {
        judge_seeded_futexes(
            slots_,
            {[this](auto queries, auto within) { read(queries, within); }, [this] { return clock_ns_; },
             [](std::int32_t number, bool compat) { return number == (compat ? kCompatFutexCall : kFutexCall); }});
    }
    /// "lock mutex_with_owner", "sync join 12": what user space has found out; "-": nothing.
    static std::string found(const tsa_slot& slot) {
        if (slot.seeded_state == 0) {
            return "-";
        }
        constexpr const char* kKinds[] = {
#define TSA_WAIT_KIND(name, NAME) #name,
            TSA_WAIT_KIND_LIST(TSA_WAIT_KIND)
#undef TSA_WAIT_KIND
        };
        const std::string state = slot.seeded_state - 1 == TSA_LOCK_WAIT ? "lock"
                                  : slot.seeded_state - 1 == TSA_SYNC    ? "sync"
                                                                         : "?";
        return state + " " + kKinds[slot.seeded_kind] +
               (slot.seeded_peer != 0 ? " " + std::to_string(slot.seeded_peer) : "");
    }

    std::vector<tsa_slot> slots_;
    std::map<std::uint64_t, std::uint32_t> memory_;  // of all processes; a page without a word does not exist
    std::vector<std::size_t> readings_;              // number of queries of each
    std::vector<std::uint32_t> asked_tids_;
    std::function<void()> while_reading_;
    bool late_ = false;
    std::uint64_t clock_ns_ = 1'000'000;

  private:
    [[nodiscard]] bool has_page(std::uint64_t address) const {
        const auto found = memory_.lower_bound(address / kPageBytes * kPageBytes);
        return found != memory_.end() && found->first / kPageBytes == address / kPageBytes;
    }
    void read(std::span<tsa_lock_query> queries, std::chrono::nanoseconds within) {
        readings_.push_back(queries.size());
        EXPECT_LE(queries.size(), std::size_t{TSA_MAX_LOCKS});
        EXPECT_GT(within.count(), 0);
        EXPECT_LE(within, kSeededFutexTime);
        if (while_reading_) {
            while_reading_();
        }
        for (tsa_lock_query& query : queries) {
            asked_tids_.push_back(query.tid);
            EXPECT_EQ(query.kind, static_cast<std::uint32_t>(TSA_LOCK_USER));
            if (late_) {
                continue;
            }
            query.at_ns = ++clock_ns_;
            query.error = has_page(query.address) ? 0 : -14;
            std::ranges::fill(query.words, query.error != 0 ? kLeftover : 0);
            for (std::size_t at = 0; query.error == 0 && at < TSA_LOCK_WORDS; ++at) {
                const auto word = memory_.find(query.address + at * sizeof(std::uint32_t));
                query.words[at] = word != memory_.end() ? word->second : 0;
            }
        }
    }
};

TEST_F(SeededFutexes, are_judged_with_the_words_after_the_futex) {
    slots_.reserve(8);
    const tsa_slot& waiter = add_waiter(11, 10);
    add(12, 10);
    put_mutex(12);
    judge();
    EXPECT_EQ(found(waiter), "lock mutex_with_owner");
    EXPECT_EQ(asked_tids_, (std::vector<std::uint32_t>{11, 11}));
    EXPECT_EQ(waiter.state, TSA_LOCK_WAIT) << "only the probes write their fields";
    EXPECT_EQ(waiter.wait_kind, TSA_KIND_MUTEX);
    const Thread thread = decode_thread(waiter);
    EXPECT_EQ(thread.wait.kind, FutexKind::mutex_with_owner);
    EXPECT_FALSE(thread.wait.doubtful);
}

TEST_F(SeededFutexes, are_judged_with_the_words_before_the_futex) {
    slots_.reserve(8);
    const tsa_slot& joins = add_waiter(11, 10);
    const tsa_slot& arrived = add_waiter(12, 10, kWaitPrivate, 8, kFutex + 0x100);
    add(13, 10);
    put(kFutex - 8, {13, 0, 2, 0, 0});       // musl: the joined thread's TID, errno, and the word waited on
    put(kFutex + 0x100 - 4, {10, 8, 4, 0});  // glibc: 2 of 4 have arrived since 8
    judge();
    EXPECT_EQ(found(joins), "sync join 13");
    EXPECT_EQ(decode_thread(joins).state, ThreadState::sync);
    EXPECT_EQ(decode_thread(joins).wait.peer_tid, 13U);
    EXPECT_EQ(found(arrived), "sync barrier");
}

TEST_F(SeededFutexes, at_the_start_of_a_page_need_no_page_before_it) {
    slots_.reserve(8);
    const tsa_slot& waiter = add_waiter(11, 10);
    add(kLeftover, 10);
    ASSERT_EQ(kFutex % kPageBytes, 0U);
    put_mutex(11);
    judge();
    EXPECT_EQ(found(waiter), "lock mutex_with_owner");

    slots_[0].seeded_state = 0;
    memory_.clear();
    put(kFutex, {2, 0, 0, 0});
    judge();
    EXPECT_EQ(found(waiter), "-") << "thread 13 is not joined: that is not in the memory";
}

TEST_F(SeededFutexes, whose_memory_cannot_be_read_keep_their_verdict) {
    slots_.reserve(8);
    // Any word but a lock's would make it a wait for another thread.
    const tsa_slot& waiter = add_waiter(11, 10, kWaitPrivate, 7);
    judge();
    EXPECT_EQ(found(waiter), "-") << "no such page";
    put(kFutex, {7});
    late_ = true;
    judge();
    EXPECT_EQ(found(waiter), "-") << "not read in time";
    late_ = false;
    judge();
    EXPECT_EQ(found(waiter), "sync none");
    EXPECT_EQ(readings_.size(), 3U);
}

TEST_F(SeededFutexes, with_the_same_verdict_lose_the_doubt_and_nothing_else) {
    slots_.reserve(8);
    tsa_slot& doubtful = add_waiter(11, 10);
    tsa_slot& certain = add_waiter(12, 10);
    for (tsa_slot* slot : {&doubtful, &certain}) {
        slot->wait_kind = TSA_KIND_MUTEX_WITH_OWNER;
    }
    certain.flags = TSA_F_SEEDED_WAIT;
    put_mutex(11);
    judge();
    EXPECT_EQ(found(doubtful), "lock mutex_with_owner");
    EXPECT_EQ(found(certain), "-");
}

TEST_F(SeededFutexes, that_stay_doubtful_keep_their_verdict) {
    slots_.reserve(8);
    const tsa_slot& waiter = add_waiter(11, 10);
    put_mutex(99);  // no thread has that ID: perhaps it is not a mutex
    judge();
    EXPECT_EQ(found(waiter), "-");
}

TEST_F(SeededFutexes, of_a_thread_that_ended_meanwhile_are_not_those_of_the_next_in_its_slot) {
    slots_.reserve(8);
    tsa_slot& waiter = add_waiter(11, 10);
    put_mutex(11);
    while_reading_ = [&] {
        waiter.life = 2;
        waiter.seq += 2;
    };
    judge();
    EXPECT_EQ(found(waiter), "-");
}

TEST_F(SeededFutexes, with_a_timeout_or_without_are_both_tried_where_that_is_not_known) {
    slots_.reserve(8);
    const tsa_slot& timed_lock = add_waiter(11, 10, kTimedPrivate);
    const tsa_slot& rust = add_waiter(12, 10, TSA_FUTEX_WAIT_BITSET | TSA_FUTEX_PRIVATE, 2, kFutex + 0x200);
    put_mutex(11);
    put(kFutex + 0x200, {2});
    judge();
    EXPECT_EQ(found(timed_lock), "lock mutex_with_owner");
    EXPECT_EQ(found(rust), "-") << "a mutex without a timeout, or no lock with one: as doubtful as before";
}

TEST_F(SeededFutexes, in_a_container_name_threads_of_that_container) {
    slots_.reserve(8);
    tsa_slot& waiter = add_waiter(5011, 5010);
    tsa_slot& holder = add(5012, 5010);
    add(2, 2);  // of the machine
    waiter.ns_tid = 3;
    holder.ns_tid = 2;
    waiter.pid_namespace = holder.pid_namespace = 77;
    put_mutex(2);
    judge();
    EXPECT_EQ(found(waiter), "lock mutex_with_owner");
    EXPECT_EQ(asked_tids_.front(), 5011U) << "the reader takes TIDs of the machine";

    waiter.seeded_state = 0;
    holder.pid_namespace = 78;
    judge();
    EXPECT_EQ(found(waiter), "-") << "TID 2 is of no thread there";
}

TEST_F(SeededFutexes, of_a_32_bit_program_have_its_layout_and_call) {
    slots_.reserve(8);
    tsa_slot& waiter = add_waiter(11, 10);
    waiter.flags |= TSA_F_COMPAT;
    waiter.wait_syscall = kCompatFutexCall;
    put(kFutex, {2, 0, 11, 0, 1});
    judge();
    EXPECT_EQ(found(waiter), "lock mutex_with_owner");
}

TEST_F(SeededFutexes, are_only_waits_in_futex_that_the_registers_leave_open) {
    const std::vector<std::function<void(tsa_slot&)>> others{
        [](tsa_slot& slot) { slot.life = 0; },
        [](tsa_slot& slot) { slot.flags = TSA_F_DOUBTFUL; },  // it began later
        [](tsa_slot& slot) { slot.flags |= TSA_F_KERNEL_LOCK; },
        [](tsa_slot& slot) { slot.flags |= TSA_F_GONE; },
        [](tsa_slot& slot) { slot.state = TSA_IDLE; },
        [](tsa_slot& slot) { slot.wait_syscall = 7; },
        [](tsa_slot& slot) { slot.flags |= TSA_F_COMPAT; },  // 202 is another call there
        [](tsa_slot& slot) { slot.wait_kind = TSA_KIND_CONDITION; },
        [](tsa_slot& slot) { slot.seq = 3; },  // being written
    };
    put_mutex(11);
    for (std::size_t at = 0; at < others.size(); ++at) {
        slots_.clear();
        others[at](add_waiter(11, 10));
        judge();
        EXPECT_EQ(found(slots_[0]), "-") << at;
    }
    EXPECT_TRUE(readings_.empty()) << "nothing to read";
    slots_.clear();
    add_waiter(11, 10).state = TSA_SYNC;
    judge();
    EXPECT_EQ(found(slots_[0]), "lock mutex_with_owner") << "the same without any of that";
}

TEST_F(SeededFutexes, are_read_in_parts_until_the_time_is_over) {
    constexpr std::uint32_t kPerCall = TSA_MAX_LOCKS / 2;
    for (std::uint32_t at = 0; at < 3 * kPerCall; ++at) {
        add_waiter(1000 + at, 10, kWaitPrivate, 2, kFutex + at * 64);
        put_mutex(1000, kFutex + at * 64);
    }
    while_reading_ = [this] {
        if (readings_.size() == 2) {
            clock_ns_ += static_cast<std::uint64_t>(kSeededFutexTime.count());
        }
    };
    judge();
    EXPECT_EQ(readings_, (std::vector<std::size_t>{TSA_MAX_LOCKS, TSA_MAX_LOCKS}));
    EXPECT_EQ(found(slots_[0]), "lock mutex_with_owner");
    EXPECT_EQ(found(slots_[2 * kPerCall - 1]), "lock mutex_with_owner");
    EXPECT_EQ(found(slots_[2 * kPerCall]), "-");
}

TEST_F(SeededFutexes, are_judged_up_to_a_bound) {
    const auto many = static_cast<std::uint32_t>(kMostSeededFutexes) + 5;
    for (std::uint32_t at = 0; at < many; ++at) {
        add_waiter(1000 + at, 10);
    }
    put_mutex(1000);
    judge();
    EXPECT_EQ(found(slots_[kMostSeededFutexes - 1]), "lock mutex_with_owner");
    EXPECT_EQ(found(slots_[kMostSeededFutexes]), "-");
}

}  // namespace
}  // namespace tsa
