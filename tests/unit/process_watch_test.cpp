// SPDX-License-Identifier: MIT
// A process watched over its reports: its times, its locks, and which threads stay chosen.
#include "model/process_watch.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::kIntervalNs;
using test::kMs;
using test::World;

constexpr std::uint64_t kLock = 0x7f3a12e8;

/// A process of three threads: the first holds a lock, or none does; the others may wait for it.
class WatchedProcess : public testing::Test {
  protected:
    WatchedProcess() {
        using enum ThreadState;
        world_.add({10, 10, "main", idle, {{exec, 100}}});
        world_.add({11, 10, "left", idle, {{exec, 50}, {cpu_wait, 20}}});
        world_.add({12, 10, "right", idle, {{exec, 50}, {cpu_wait, 30}}});
        world_.add({90, 90, "other", exec, {{exec, 500}}});
        watch_.follow(10);
    }

    void waits_for_lock(std::uint32_t tid, std::uint32_t holder, std::uint64_t for_ms) {
        Thread& thread = world_.thread(tid);
        thread.state = ThreadState::lock_wait;
        thread.since_ns = world_.report.now_ns - for_ms * kMs;
        thread.wait.syscall = SYS_futex;
        thread.wait.args[0] = kLock;
        thread.wait.owner_tid = holder;
    }
    void wakes(std::uint32_t tid) { world_.thread(tid).state = ThreadState::idle; }
    void pass() {
        world_.report.now_ns += kIntervalNs;
        watch_.add(world_.report, recent_);
    }
    [[nodiscard]] const SeenLock& lock() const { return watch_.locks().front(); }

    World world_;
    ProcessWatch watch_;
    RecentStates recent_;
};

TEST_F(WatchedProcess, without_one_nothing_is_seen) {
    ProcessWatch none;
    none.add(world_.report, recent_);
    EXPECT_FALSE(none.seen());
    EXPECT_TRUE(none.locks().empty());
}

TEST_F(WatchedProcess, its_times_are_those_of_all_its_threads_and_of_no_other) {
    pass();
    ASSERT_TRUE(watch_.seen());
    EXPECT_EQ(watch_.row().threads, 3U);
    EXPECT_EQ(watch_.leader().tid, 10U);
    EXPECT_EQ(watch_.row().leader, &watch_.leader());
    const PerState<double> sums = watch_.history().between(0, watch_.now_ns() + 1);
    EXPECT_NEAR(sums[index(ThreadState::exec)], 200e6, 1);
    EXPECT_NEAR(sums[index(ThreadState::cpu_wait)], 50e6, 1);
}

TEST_F(WatchedProcess, a_thread_that_lived_for_a_part_of_the_interval_counts_for_that_part) {
    world_.row(12).wall_ns = 100 * kMs;
    world_.row(12).state_ns = {};
    world_.row(12).state_ns[index(ThreadState::exec)] = 100 * kMs;
    pass();
    const PerState<double> last = watch_.history().between(watch_.now_ns() - 250 * kMs, watch_.now_ns() + 1);
    EXPECT_NEAR(last[index(ThreadState::exec)], 100e6 + 75e6, 1e6) << "all of it in the last quarter of a second";
}

TEST_F(WatchedProcess, the_same_report_counts_once) {
    pass();
    watch_.add(world_.report, recent_);
    EXPECT_NEAR(watch_.history().between(0, watch_.now_ns() + 1)[index(ThreadState::exec)], 200e6, 1);
}

TEST_F(WatchedProcess, a_lock_has_its_waiters_their_time_and_who_held_it) {
    waits_for_lock(11, 10, 1200);
    waits_for_lock(12, 10, 100);
    pass();
    ASSERT_EQ(watch_.locks().size(), 1U);
    EXPECT_EQ(lock().waiters, 2U);
    EXPECT_EQ(lock().holder_tid, 10U);
    EXPECT_EQ(lock().wait_ns, 500 * kMs + 500 * kMs) << "no more than the interval of each";
    EXPECT_EQ(lock().longest_ns, 1700 * kMs);

    wakes(11);
    waits_for_lock(12, 11, 300);
    pass();
    EXPECT_EQ(lock().waiters, 1U);
    EXPECT_EQ(lock().holder_tid, 11U);
    ASSERT_EQ(lock().holders.size(), 2U);
    EXPECT_EQ(lock().holders[0].ns, kIntervalNs);

    wakes(12);
    pass();
    ASSERT_EQ(watch_.locks().size(), 1U) << "it stays in the table";
    EXPECT_EQ(lock().waiters, 0U);
    EXPECT_EQ(lock().holder_tid, 0U);
}

TEST_F(WatchedProcess, locks_are_bounded_and_those_with_waiters_stay) {
    for (std::uint64_t at = 0; at < 3 * kMaxSeenLocks; ++at) {
        waits_for_lock(11, 0, 1);
        world_.thread(11).wait.args[0] = 0x1000 + 8 * at;
        pass();
        ASSERT_LE(watch_.locks().size(), kMaxSeenLocks);
        ASSERT_EQ(lock().waiter.wait.args[0], 0x1000 + 8 * at);
    }
}

TEST_F(WatchedProcess, its_end_and_a_later_process_with_its_id_are_seen) {
    pass();
    Report without = world_.report;
    without.now_ns += kIntervalNs;
    std::erase_if(without.processes, [](const ProcessRow& row) { return row.tgid == 10; });
    std::erase_if(without.threads, [](const ThreadRow& row) { return row.now->tgid == 10; });
    watch_.add(without, recent_);
    EXPECT_TRUE(watch_.ended());
    EXPECT_EQ(watch_.row().tgid, 10U) << "what was known of it stays";

    world_.thread(10).start_time_ns += 5;
    world_.report.now_ns = without.now_ns;
    pass();
    EXPECT_FALSE(watch_.ended());
    EXPECT_NEAR(watch_.history().between(0, watch_.now_ns() + 1)[index(ThreadState::exec)], 200e6, 1)
        << "nothing of the other one";
}

TEST_F(WatchedProcess, threads_that_wait_for_a_cpu_are_chosen_and_stay_chosen) {
    for (std::uint32_t tid = 100; tid < 100 + 2 * kMaxCpuWaiters; ++tid) {
        world_.add({tid, 10, "worker", ThreadState::idle, {}});
    }
    pass();
    ASSERT_EQ(watch_.cpu_waiters().size(), kMaxCpuWaiters);
    EXPECT_EQ(watch_.cpu_waiters()[0].tid, 12U);
    EXPECT_EQ(watch_.cpu_waiters()[1].tid, 11U);
    const std::vector<ThreadKey> before(watch_.cpu_waiters().begin(), watch_.cpu_waiters().end());
    world_.row(100 + 2 * kMaxCpuWaiters - 1).state_ns[index(ThreadState::cpu_wait)] = 400 * kMs;
    pass();
    EXPECT_TRUE(std::ranges::is_permutation(watch_.cpu_waiters(), before));
}

TEST_F(WatchedProcess, another_one_starts_over) {
    waits_for_lock(11, 10, 100);
    pass();
    watch_.follow(90);
    EXPECT_FALSE(watch_.seen());
    EXPECT_TRUE(watch_.locks().empty());
    pass();
    EXPECT_EQ(watch_.row().threads, 1U);
    EXPECT_NEAR(watch_.history().between(0, watch_.now_ns() + 1)[index(ThreadState::exec)], 500e6, 1);
}

}  // namespace
}  // namespace tsa
