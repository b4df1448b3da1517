// SPDX-License-Identifier: MIT
// Phrases of waits: reasons, owners to the end of the chain, circles, the forms for little room, calls with their
// words.
#include "text/wait_text.h"

#include <gmock/gmock.h>
#include <sys/syscall.h>

#include "text/call_text.h"
#include "unit/allocations.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using testing::AllocationCount;
using ::testing::EndsWith;
using testing::LiteralReport;

Thread& lock_waiter(LiteralReport& literal, std::uint32_t tid, std::string_view name, std::uint32_t owner) {
    Thread& thread = literal.add(tid, name);
    thread.state = ThreadState::lock_wait;
    thread.wait.syscall = SYS_futex;
    thread.wait.owner_tid = owner;
    return thread;
}

std::string phrase(const LiteralReport& literal, const Thread& thread, const WaitSymbols& symbols = {}) {
    ThreadIndex threads(literal.report);
    fmt::memory_buffer out;
    put_wait(out, thread, threads, symbols);
    return fmt::to_string(out);
}

std::string within(const LiteralReport& literal, const Thread& thread, std::size_t cells) {
    ThreadIndex threads(literal.report);
    fmt::memory_buffer out;
    put_wait_within(out, thread, threads, cells);
    return fmt::to_string(out);
}

std::string call(std::int32_t number, std::array<std::uint64_t, 3> args) {
    Thread thread;
    thread.state = ThreadState::sleep;
    thread.wait.syscall = number;
    thread.wait.args = args;
    fmt::memory_buffer out;
    put_call(out, thread);
    return fmt::to_string(out);
}

TEST(WaitText, names_the_lock_its_owners_and_what_the_last_one_does) {
    LiteralReport literal;
    const Thread& front = lock_waiter(literal, 1, "front", 2);
    lock_waiter(literal, 2, "middle", 3);
    Thread& end = literal.add(3, "end");
    end.state = ThreadState::io_wait;
    end.wait.syscall = SYS_pwrite64;
    EXPECT_EQ(phrase(literal, front), "futex lock ← 2 middle ← 3 end: io wait pwrite64");
    EXPECT_EQ(phrase(literal, front, kPlainWaitSymbols), "futex lock <- 2 middle <- 3 end: io wait pwrite64");
    end.state = ThreadState::exec;
    EXPECT_EQ(phrase(literal, front), "futex lock ← 2 middle ← 3 end: exec") << "its last wait is over";
}

TEST(WaitText, an_owner_that_the_report_does_not_list_is_only_a_number) {
    LiteralReport literal;
    EXPECT_EQ(phrase(literal, lock_waiter(literal, 1, "a", 77)), "futex lock ← 77");
}

TEST(WaitText, a_name_cannot_reach_the_terminal_as_it_is) {
    LiteralReport literal;
    const Thread& front = lock_waiter(literal, 1, "a", 2);
    literal.add(2, "\x1b[2J").state = ThreadState::exec;
    EXPECT_EQ(phrase(literal, front), "futex lock ← 2 \\x1b[2J: exec");
}

TEST(WaitText, owners_in_a_circle_are_a_deadlock) {
    LiteralReport literal;
    const Thread& first = lock_waiter(literal, 1, "a", 2);
    const Thread& second = lock_waiter(literal, 2, "b", 1);
    const Thread& self = lock_waiter(literal, 9, "self", 9);
    literal.begin_as_it_ends();
    EXPECT_EQ(phrase(literal, first), "futex lock ← 2 b ← 1 a DEADLOCK");
    EXPECT_EQ(phrase(literal, second), "futex lock ← 1 a ← 2 b DEADLOCK");
    EXPECT_EQ(phrase(literal, self), "futex lock ← 9 self DEADLOCK");
}

TEST(WaitText, a_circle_that_was_read_once_is_not_yet_a_deadlock) {
    LiteralReport literal;
    const Thread& first = lock_waiter(literal, 1, "a", 2);
    lock_waiter(literal, 2, "b", 1);
    EXPECT_EQ(phrase(literal, first), "futex lock ← 2 b ← 1 a") << "nothing is known of before";
    literal.begin_as_it_ends();
    Thread other = *literal.report.threads[1].before;
    literal.report.threads[1].before = &other;
    other.wait.owner_tid = 3;
    EXPECT_EQ(phrase(literal, first), "futex lock ← 2 b ← 1 a") << "b waited for another holder";
    other.wait.owner_tid = 1;
    other.since_ns -= 1;
    EXPECT_EQ(phrase(literal, first), "futex lock ← 2 b ← 1 a") << "b was in another wait";
    other.since_ns += 1;
    EXPECT_EQ(phrase(literal, first), "futex lock ← 2 b ← 1 a DEADLOCK");
    literal.report.threads[1].before = literal.report.threads[1].now;
    EXPECT_EQ(phrase(literal, first), "futex lock ← 2 b ← 1 a") << "the first sample of all has no interval";
}

TEST(WaitText, a_holder_that_has_exited_ends_the_chain) {
    LiteralReport literal;
    const Thread& front = lock_waiter(literal, 1, "front", 2);
    Thread& middle = lock_waiter(literal, 2, "middle", 2659);
    middle.wait.owner_exited = true;
    EXPECT_EQ(phrase(literal, middle), "futex lock held by TID 2659, which has exited without unlocking");
    EXPECT_EQ(within(literal, middle, 30), "lock ← 2659 exited");
    EXPECT_EQ(within(literal, middle, 12), "← 2659 exited") << "the caller cuts";
    EXPECT_EQ(phrase(literal, front), "futex lock ← 2 middle ← 2659 exited");
    EXPECT_EQ(within(literal, front, 12), "lock ← 2");
    middle.wait.owner_tid = 0;  // a container's thread: its number means nothing here
    EXPECT_EQ(phrase(literal, middle), "futex lock held by a thread, which has exited without unlocking");
    EXPECT_EQ(phrase(literal, front), "futex lock ← 2 middle ← exited");
}

TEST(WaitText, a_thread_outside_of_the_circle_that_it_waits_for_is_in_a_deadlock_too) {
    LiteralReport literal;
    lock_waiter(literal, 1, "a", 2);
    lock_waiter(literal, 2, "b", 1);
    const Thread& outside = lock_waiter(literal, 3, "c", 1);
    literal.begin_as_it_ends();
    EXPECT_EQ(phrase(literal, outside), "futex lock ← 1 a ← 2 b ← 1 a DEADLOCK");
}

TEST(WaitText, a_long_chain_is_cut_and_its_circle_still_seen) {
    LiteralReport literal;
    for (std::uint32_t tid = 1; tid <= 30; ++tid) {
        lock_waiter(literal, tid, "t", tid + 1);
    }
    Thread& last = lock_waiter(literal, 31, "t", 32);
    const Thread& first = *literal.report.threads.front().now;
    EXPECT_THAT(phrase(literal, first), EndsWith(" ← 9 t ..."));
    for (const std::uint32_t back_to : {1U, 5U, 20U, 31U}) {
        last.wait.owner_tid = back_to;
        literal.begin_as_it_ends();
        EXPECT_THAT(phrase(literal, first), EndsWith(" ← 9 t ... DEADLOCK")) << back_to;
    }
}

TEST(WaitText, little_room_costs_words_and_the_owner_last) {
    LiteralReport literal;
    const Thread& front = lock_waiter(literal, 1, "front", 11889);
    literal.add(11889, "holder").state = ThreadState::sleep;
    EXPECT_EQ(within(literal, front, 60), "futex lock ← 11889 holder: sleep");
    EXPECT_EQ(within(literal, front, 31), "lock ← 11889 holder: sleep");
    EXPECT_EQ(within(literal, front, 25), "lock ← 11889 holder");
    EXPECT_EQ(within(literal, front, 18), "lock ← 11889 holder") << "the caller cuts the name";
    EXPECT_EQ(within(literal, front, 16), "lock ← 11889");
    EXPECT_EQ(within(literal, front, 11), "← 11889");
    EXPECT_EQ(within(literal, front, 3), "← 11889") << "the caller cuts";
}

TEST(WaitText, little_room_keeps_the_first_owner_of_several_and_the_deadlock) {
    LiteralReport literal;
    const Thread& front = lock_waiter(literal, 1, "front", 22222);
    lock_waiter(literal, 22222, "middle", 33333);
    Thread& end = lock_waiter(literal, 33333, "end", 0);
    EXPECT_EQ(within(literal, front, 20), "lock ← 22222 ← 33333");
    EXPECT_EQ(within(literal, front, 19), "lock ← 22222");
    end.wait.owner_tid = 22222;
    literal.begin_as_it_ends();
    EXPECT_EQ(within(literal, front, 16), "DEADLOCK ← 22222");
    EXPECT_EQ(within(literal, front, 12), "DEADLOCK");
}

TEST(WaitText, a_label_is_in_place_of_the_lock_or_the_call_and_a_doubt_is_marked) {
    LiteralReport literal;
    Thread& waiter = lock_waiter(literal, 1, "waiter", 0);
    waiter.wait.doubtful = true;
    EXPECT_EQ(phrase(literal, waiter), "futex lock?");
    waiter.wait.doubtful = false;
    waiter.wait.kind = FutexKind::rwlock_writer;
    EXPECT_EQ(phrase(literal, waiter), "futex rwlock");
    waiter.state = ThreadState::sync;
    waiter.wait.kind = FutexKind::none;
    EXPECT_EQ(phrase(literal, waiter), "futex");
    waiter.wait.kind = FutexKind::semaphore;
    EXPECT_EQ(phrase(literal, waiter), "semaphore");
    waiter.wait.kind = FutexKind::join;
    waiter.wait.peer_tid = 7;
    EXPECT_EQ(phrase(literal, waiter), "join 7");
}

TEST(WaitText, a_tid_is_never_cut_to_make_room_for_the_reason) {
    LiteralReport literal;
    Thread& front = lock_waiter(literal, 1, "front", 11889);
    front.wait.kind = FutexKind::rwlock_reader;
    literal.add(11889, "holder");
    EXPECT_EQ(within(literal, front, 14), "rwlock ← 11889");
    EXPECT_EQ(within(literal, front, 13), "← 11889");
}

TEST(WaitText, every_state_has_its_words_or_none) {
    LiteralReport literal;
    Thread& thread = literal.add(1, "a");
    thread.state = ThreadState::exec;
    EXPECT_EQ(phrase(literal, thread), "");
    thread.state = ThreadState::cpu_wait;
    EXPECT_EQ(phrase(literal, thread), "CPU, woken");
    thread.preempted = true;
    EXPECT_EQ(phrase(literal, thread), "CPU, preempted");
    EXPECT_EQ(within(literal, thread, 10), "preempted");
    thread.measured &= static_cast<Measured>(~kMeasuredPreempted);
    EXPECT_EQ(phrase(literal, thread), "CPU") << "a source that cannot tell says neither";
    thread.state = ThreadState::stopped;
    EXPECT_EQ(phrase(literal, thread), "stopped");
    thread.kernel = true;
    thread.state = ThreadState::idle;
    EXPECT_EQ(phrase(literal, thread), "") << "nothing is known: the state says it already";
    thread.state = ThreadState::uninterruptible;
    EXPECT_EQ(phrase(literal, thread), "D");
    thread.state = ThreadState::lock_wait;
    thread.wait.kernel_lock = true;
    EXPECT_EQ(phrase(literal, thread), "kernel lock");
}

TEST(WaitText, a_thousand_chains_allocate_nothing_once_the_index_has_its_size) {
    LiteralReport literal;
    for (std::uint32_t tid = 1; tid <= 1000; ++tid) {
        lock_waiter(literal, tid, "t", tid + 1);
    }
    ThreadIndex threads(literal.report);
    fmt::memory_buffer out;
    put_wait(out, *literal.report.threads.front().now, threads);
    const AllocationCount count;
    threads.reset(literal.report);
    for (const ThreadRow& row : literal.report.threads) {
        out.clear();
        put_wait_within(out, *row.now, threads, 30);
    }
    EXPECT_EQ(count.so_far(), 0U);
}

TEST(ThreadIndex, knows_every_thread_and_no_other_also_after_a_reset) {
    LiteralReport literal;
    ThreadIndex threads;
    EXPECT_EQ(threads.find(1), nullptr);
    threads.reset(literal.report);
    EXPECT_EQ(threads.find(1), nullptr);
    for (std::uint32_t tid = 1; tid <= 500; tid += 2) {
        literal.add(tid, "t");
    }
    threads.reset(literal.report);
    for (std::uint32_t tid = 1; tid <= 500; ++tid) {
        const ThreadRow* row = threads.find(tid);
        ASSERT_EQ(row != nullptr, tid % 2 == 1) << tid;
        EXPECT_TRUE(row == nullptr || row->now->tid == tid);
    }
}

TEST(CallText, a_futex_says_its_operation) {
    EXPECT_EQ(call(SYS_futex, {0x7ffe12e8, 0x80, 2}), "futex(0x7ffe12e8, WAIT|PRIVATE, 2)");
    EXPECT_EQ(call(SYS_futex, {0x10, 0x189, 0}), "futex(0x10, WAIT_BITSET|PRIVATE|REALTIME, 0)");
    EXPECT_EQ(call(SYS_futex, {0x10, 6, 0}), "futex(0x10, LOCK_PI, 0)");
    EXPECT_EQ(call(SYS_futex, {0x10, 13 | 0x80, 0}), "futex(0x10, LOCK_PI2|PRIVATE, 0)");
    EXPECT_EQ(call(SYS_futex, {0x10, 0xdead'beef'0000'0000, 0xffff'ffff'0000'0002}), "futex(0x10, WAIT, 2)");
    EXPECT_EQ(call(SYS_futex, {0x10, 14, 1}), "futex(0x10, 0xe, 1)") << "an operation to come";
}

TEST(CallText, other_calls_show_their_arguments_and_unknown_ones_their_number) {
    EXPECT_EQ(call(SYS_clock_nanosleep, {1, 0, 0x7ffe}), "clock_nanosleep(0x1, 0x0, 0x7ffe)");
    EXPECT_EQ(call(9999, {0, 0, 0}), "syscall 9999(0x0, 0x0, 0x0)");
    EXPECT_EQ(call(-1, {1, 2, 3}), "");
}

}  // namespace
}  // namespace tsa
