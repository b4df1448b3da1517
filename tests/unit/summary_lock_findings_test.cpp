// SPDX-License-Identifier: MIT
// Findings about one lock or its holder: each on a machine made to have it, and nothing where the same waits mean
// something else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "model/columns.h"
#include "summary/summary.h"
#include "unit/summary_found.h"
#include "unit/summary_machine.h"

namespace tsa {
namespace {

using testing::all_words;
using testing::count;
using testing::finding;
using ::testing::HasSubstr;
using testing::kBeginUnix;
using testing::kMs;
using testing::kSecond;
using ::testing::Not;
using testing::SummaryMachine;
using enum ThreadState;

constexpr std::uint64_t kLock = 0x7f00;

/// Process 1, main thread `holder`, whose threads wait for locks.
class Locks : public ::testing::Test {
  protected:
    Thread& holder(std::string_view comm = "holder", std::string_view call = "clock_nanosleep",
                   ThreadState state = idle) {
        Thread& thread = machine_.start(1, comm, state, 1);
        thread.wait.syscall = syscall_number(call).value();
        return thread;
    }
    Thread& waiter(std::uint32_t tid, std::uint64_t lock = kLock, std::uint32_t owner = 1,
                   std::string_view comm = "waiter") {
        Thread& thread = machine_.start(tid, comm, lock_wait, 1);
        thread.wait.syscall = syscall_number("futex").value();
        thread.wait.args[0] = lock;
        thread.wait.owner_tid = owner;
        return thread;
    }
    Summary sum_up(int intervals = 6) {
        machine_.begin();
        for (int i = 0; i < intervals; ++i) {
            builder_.add(machine_.step());
        }
        return builder_.finish();
    }

    SummaryMachine machine_;
    SummaryBuilder builder_;
};

TEST_F(Locks, a_convoy_names_the_lock_and_its_holder) {
    holder();
    for (std::uint32_t tid = 2; tid <= 5; ++tid) {
        waiter(tid);
    }
    const Summary summary = sum_up();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    const SummaryFinding& found = summary.findings.front();
    EXPECT_EQ(found.kind, FindingKind::lock_convoy);
    EXPECT_EQ(found.words,
              "For 6.00 s 4.0 threads on average, 4 at most, waited for lock 0x7f00 of holder, held by holder (TID 1, "
              "last seen in idle clock_nanosleep).");
    EXPECT_NEAR(found.weight, 4, 0.01);
    EXPECT_NE(found.next, "");
}

TEST_F(Locks, different_locks_are_different_findings) {
    holder();
    for (std::uint32_t tid = 2; tid <= 4; ++tid) {
        waiter(tid, 0x1000);
    }
    for (std::uint32_t tid = 5; tid <= 9; ++tid) {
        waiter(tid, 0x2000);
    }
    const Summary summary = sum_up();
    ASSERT_EQ(summary.findings.size(), 2U) << all_words(summary);
    EXPECT_THAT(summary.findings[0].words, HasSubstr("5.0 threads on average, 5 at most, waited for lock 0x2000"));
    EXPECT_THAT(summary.findings[1].words, HasSubstr("3.0 threads on average, 3 at most, waited for lock 0x1000"));
}

TEST_F(Locks, the_same_address_in_two_processes_is_two_locks) {
    for (std::uint32_t tid = 2; tid <= 4; ++tid) {
        waiter(tid, kLock, 0);
    }
    for (std::uint32_t tid = 12; tid <= 13; ++tid) {
        waiter(tid, kLock, 0).tgid = 11;
    }
    const Summary summary = sum_up();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_THAT(summary.findings.front().words, HasSubstr("3.0 threads on average, 3 at most"));
    EXPECT_THAT(summary.findings.front().words, HasSubstr("its holder is not known"));
}

TEST_F(Locks, a_lock_that_another_process_holds_is_one_lock_for_all_processes) {
    machine_.start(1, "holder");
    for (std::uint32_t tid = 2; tid <= 5; ++tid) {
        waiter(tid).tgid = tid;
    }
    const Summary summary = sum_up();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_THAT(summary.findings.front().words, HasSubstr("4.0 threads on average, 4 at most"));
}

TEST_F(Locks, both_futexes_of_a_rwlock_are_one_lock) {
    for (std::uint32_t tid = 2; tid <= 5; ++tid) {
        waiter(tid, tid % 2 == 0 ? 0x7f08 : 0x7f0c, 0).wait.kind = FutexKind::rwlock;
    }
    EXPECT_EQ(count(sum_up(), FindingKind::lock_convoy), 1U);
}

TEST_F(Locks, a_lock_that_may_be_something_else_is_a_lock_probably) {
    for (std::uint32_t tid = 2; tid <= 5; ++tid) {
        waiter(tid, kLock, 0).wait.doubtful = true;
    }
    const Summary summary = sum_up();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_THAT(summary.findings.front().words, HasSubstr("waited for what is probably one lock: lock 0x7f00"));
}

TEST_F(Locks, threads_that_only_synchronize_wait_for_no_lock) {
    holder();
    for (std::uint32_t tid = 2; tid <= 5; ++tid) {
        Thread& thread = waiter(tid, kLock, 0);
        thread.state = sync;
        thread.wait.doubtful = true;
    }
    EXPECT_EQ(all_words(sum_up(15)), "");
}

TEST_F(Locks, the_followers_of_a_pool_whose_leader_waits_for_work_are_no_convoy) {
    holder("worker-0", "epoll_wait");
    for (std::uint32_t tid = 2; tid <= 6; ++tid) {
        waiter(tid, kLock, 1, "worker-" + std::to_string(tid));
    }
    EXPECT_EQ(all_words(sum_up(15)), "");
}

TEST_F(Locks, a_pool_whose_holder_sleeps_is_a_convoy) {
    holder("worker-0", "clock_nanosleep");
    for (std::uint32_t tid = 2; tid <= 6; ++tid) {
        waiter(tid, kLock, 1, "worker-" + std::to_string(tid));
    }
    EXPECT_EQ(count(sum_up(), FindingKind::lock_convoy), 1U);
}

TEST_F(Locks, other_threads_behind_one_that_waits_for_work_are_a_convoy) {
    holder("server", "epoll_wait");
    for (std::uint32_t tid = 2; tid <= 6; ++tid) {
        waiter(tid, kLock, 1, "worker-" + std::to_string(tid));
    }
    EXPECT_EQ(count(sum_up(), FindingKind::lock_convoy), 1U);
}

TEST_F(Locks, holders_that_take_turns_are_all_named) {
    holder();
    for (std::uint32_t tid = 2; tid <= 5; ++tid) {
        waiter(tid);
    }
    machine_.start(8, "writer", exec, 1);
    machine_.begin();
    for (int i = 0; i < 8; ++i) {
        for (std::uint32_t tid = 2; tid <= 5; ++tid) {
            machine_.at(tid).wait.owner_tid = i % 2 == 0 ? 1 : 8;
        }
        builder_.add(machine_.step());
    }
    const Summary summary = builder_.finish();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_THAT(summary.findings.front().words,
                HasSubstr("held in turn by holder (TID 1, last seen in idle clock_nanosleep) and writer (TID 8)."));
}

TEST_F(Locks, a_chain_over_different_locks_is_about_its_last_holder) {
    holder();
    for (std::uint32_t tid = 2; tid <= 5; ++tid) {
        waiter(tid, kLock + tid, tid - 1);
    }
    const Summary summary = sum_up();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_EQ(summary.findings.front().kind, FindingKind::lock_holder);
    EXPECT_EQ(summary.findings.front().words,
              "For 6.00 s 4.0 threads of holder on average, 4 at most, waited behind holder (TID 1, last seen in idle "
              "clock_nanosleep), directly or through each other, for 4 different locks.");
}

TEST_F(Locks, waits_for_different_locks_of_unknown_holders_are_no_convoy) {
    for (std::uint32_t tid = 2; tid <= 9; ++tid) {
        waiter(tid, kLock + tid / 2 * 8, 0);
    }
    EXPECT_EQ(all_words(sum_up()), "");
}

TEST_F(Locks, an_abandoned_lock_is_a_finding_with_its_waiters) {
    machine_.start(1, "app", idle, 1);
    for (std::uint32_t tid = 2; tid <= 3; ++tid) {
        waiter(tid, kLock, 99).wait.owner_exited = true;
    }
    const Summary summary = sum_up(15);
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    const SummaryFinding& found = summary.findings.front();
    EXPECT_EQ(found.kind, FindingKind::abandoned_lock);
    EXPECT_EQ(found.words,
              "2 threads of app (waiter (TID 2) and waiter (TID 3)) wait for lock 0x7f00, held by TID 99, which has "
              "exited without unlocking: nothing will wake them. The oldest wait has lasted for 15.0 s.");
    EXPECT_TRUE(found.open);
    EXPECT_EQ(found.from_unix_ns, kBeginUnix);
}

TEST_F(Locks, a_deadlock_is_a_circle_of_holders_that_stays) {
    machine_.start(1, "app", idle, 1);
    waiter(2, 0x1000, 3, "left");
    waiter(3, 0x2000, 2, "right");
    waiter(4, 0x1000, 3, "victim");
    const Summary summary = sum_up(15);
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    const SummaryFinding& found = summary.findings.front();
    EXPECT_EQ(found.kind, FindingKind::deadlock);
    EXPECT_EQ(
        found.words,
        "Threads of app wait for each other: left (TID 2) for lock 0x1000 of right (TID 3), right (TID 3) for lock "
        "0x2000 of left (TID 2): none of them can continue; 1 more thread waits behind them. It has lasted for "
        "15.0 s.");
    EXPECT_TRUE(found.open);
    EXPECT_GT(found.weight, 100) << "it comes before what is only slow";
}

TEST_F(Locks, a_circle_of_readings_that_were_not_true_at_one_time_is_no_deadlock) {
    waiter(2, 0x1000, 3);
    waiter(3, 0x2000, 2);
    machine_.start(4, "third", exec, 1);
    machine_.begin();
    for (int i = 0; i < 6; ++i) {
        // Each report has a circle, but no wait lasts for two.
        machine_.spend(2, {{lock_wait, 100 * kMs}, {exec, kMs}}, lock_wait);
        machine_.spend(3, {{lock_wait, 100 * kMs}, {exec, kMs}}, lock_wait);
        builder_.add(machine_.step());
    }
    EXPECT_EQ(count(builder_.finish(), FindingKind::deadlock), 0U);
}

TEST_F(Locks, a_deadlock_older_than_the_recording_has_its_age) {
    waiter(2, 0x1000, 3, "left").since_ns -= 90 * kSecond;
    waiter(3, 0x2000, 2, "right").since_ns -= 60 * kSecond;
    machine_.at(2).first_seen_ns = machine_.at(2).since_ns;
    machine_.at(3).first_seen_ns = machine_.at(3).since_ns;
    const Summary summary = sum_up(1);
    ASSERT_EQ(count(summary, FindingKind::deadlock), 1U) << all_words(summary);
    EXPECT_THAT(finding(summary, FindingKind::deadlock)->words, HasSubstr("It has lasted for 1m01s."));
    EXPECT_EQ(finding(summary, FindingKind::deadlock)->from_unix_ns, kBeginUnix - 60 * kSecond);
}

TEST_F(Locks, a_thread_that_waits_for_its_own_lock_is_a_deadlock) {
    waiter(2, 0x1000, 2, "twice");
    const Summary summary = sum_up();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_THAT(summary.findings.front().words, HasSubstr("waits for lock 0x1000, which it holds itself: it never"));
}

TEST_F(Locks, two_threads_behind_a_sleeping_owner_are_stuck) {
    holder("owner");
    waiter(2, kLock, 1, "victim");
    waiter(3, kLock, 1, "victim");
    const Summary summary = sum_up(15);
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    const SummaryFinding& found = summary.findings.front();
    EXPECT_EQ(found.kind, FindingKind::stuck_thread);
    EXPECT_EQ(found.words,
              "2 threads of owner (victim (TID 2) and victim (TID 3)) have been waiting for a lock without a break for "
              "15.0 s or more: lock 0x7f00, held by owner (TID 1, last seen in idle clock_nanosleep).");
    EXPECT_EQ(found.from_unix_ns, kBeginUnix);
    EXPECT_TRUE(found.open);
    EXPECT_THAT(found.next, HasSubstr("owner (TID 1)"));
    EXPECT_NEAR(found.weight, 2, 0.01);
}

TEST_F(Locks, a_stuck_thread_names_the_end_of_the_chain) {
    holder("owner");
    waiter(2, kLock, 1, "middle");
    waiter(3, kLock + 64, 2, "last");
    const Summary summary = sum_up(15);
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_THAT(summary.findings.front().words, HasSubstr("2 threads of owner (middle (TID 2) and last (TID 3))"));
}

TEST_F(Locks, a_short_wait_is_not_stuck_unless_it_began_long_before_the_recording) {
    holder("owner");
    waiter(2, kLock, 1, "victim");
    EXPECT_EQ(all_words(sum_up(9)), "");

    SummaryMachine machine;
    Thread& thread = machine.start(2, "victim", lock_wait, 1);
    thread.since_ns -= 50 * kSecond;
    thread.first_seen_ns = thread.since_ns;
    thread.since_is_upper_bound = true;
    machine.begin();
    SummaryBuilder builder;
    builder.add(machine.step());
    builder.add(machine.step());
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_THAT(summary.findings.front().words, HasSubstr("without a break for 52.0 s or more"));
    EXPECT_EQ(summary.findings.front().from_unix_ns, kBeginUnix - 50 * kSecond);
}

}  // namespace
}  // namespace tsa
