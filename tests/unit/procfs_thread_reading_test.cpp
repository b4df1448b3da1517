// SPDX-License-Identifier: MIT
// ProcSource on trees of files: how a thread's time is split, and which threads are skipped.
#include <gmock/gmock.h>

#include <map>
#include <numeric>

#include "unit/allocations.h"
#include "unit/thread_tree.h"

namespace tsa {
namespace {

using testing::FakeTask;
using testing::kMs;
using testing::ThreadTree;

TEST_F(ThreadTree, growth_is_split_and_the_rest_is_sleep) {
    put(1, 1, {.exec_ns = 5'000, .delay_ns = 300});
    start();
    let_pass();
    put(1, 1,
        {.exec_ns = 5'000 + 7 * kMs, .delay_ns = 300 + 2 * kMs, .voluntary = 8, .involuntary = 3, .read_bytes = 4096});
    read();
    ASSERT_NE(row(1), nullptr);
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::exec)], 7 * kMs);
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::cpu_wait)], 2 * kMs);
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::sleep)], row(1)->wall_ns - 9 * kMs);
    EXPECT_EQ(row(1)->voluntary_switches(), 3U);
    EXPECT_EQ(row(1)->involuntary_switches(), 1U);
    EXPECT_EQ(row(1)->read_bytes(), 4096U);
}

TEST_F(ThreadTree, a_thread_that_did_not_run_keeps_its_version_and_is_in_one_state) {
    put(1, 1, {});
    put(2, 2, {.letter = 'T'});
    put(3, 3, {.letter = 'Z'});
    start();
    read();
    const std::uint64_t before = version(1);
    let_pass();
    read();
    EXPECT_EQ(version(1), before);
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::sleep)], report_.interval_ns);
    EXPECT_EQ(row(2)->state_ns[index(ThreadState::stopped)], report_.interval_ns);
    EXPECT_EQ(thread(3)->state, ThreadState::zombie);
    EXPECT_EQ(row(1)->now->measured & kMeasuredAge, kMeasuredAge);
}

TEST_F(ThreadTree, a_runnable_thread_that_did_not_run_waits_for_a_cpu_until_it_does) {
    put(1, 1, {.letter = 'R'});
    start();
    let_pass();
    read();
    EXPECT_EQ(thread(1)->state, ThreadState::cpu_wait);
    let_pass();
    const std::uint64_t before = version(1);
    read();
    EXPECT_EQ(version(1), before) << "its wait is open: nothing happened";
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::cpu_wait)], row(1)->wall_ns);
}

TEST_F(ThreadTree, a_sleeping_thread_that_was_woken_is_found_when_the_kernel_counts_more_runnable_ones) {
    put(1, 1, {});
    put(2, 2, {});
    start();
    put(2, 2, {.letter = 'R'});
    machine(forks_, 0);
    for (int i = 0; i < 2; ++i) {
        read();
    }
    put(2, 2, {.letter = 'R'});
    machine(forks_, 1);
    read();
    EXPECT_EQ(thread(2)->state, ThreadState::cpu_wait);
    let_pass();
    read();
    EXPECT_EQ(row(2)->state_ns[index(ThreadState::cpu_wait)], row(2)->wall_ns);
    EXPECT_EQ(thread(1)->state, ThreadState::sleep);
}

TEST_F(ThreadTree, a_process_whose_clock_does_not_advance_is_not_read) {
    std::map<std::uint32_t, std::uint64_t> clocks{{1, 50}, {2, 60}};
    put(1, 1, {});
    put(2, 2, {});
    ProcSourceOptions options;
    options.process_clock = [&](std::uint32_t tgid) -> std::optional<std::uint64_t> {
        return clocks.contains(tgid) ? std::optional(clocks[tgid]) : std::nullopt;
    };
    start(options);
    let_pass();
    put(1, 1, {.exec_ns = 3 * kMs});
    put(2, 2, {.exec_ns = 3 * kMs});
    clocks[2] += 3 * kMs;
    read();
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::exec)], 0U);
    EXPECT_EQ(row(2)->state_ns[index(ThreadState::exec)], 3 * kMs);
    clocks[1] += 3 * kMs;
    let_pass();
    read();
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::exec)], 3 * kMs);
    clocks.erase(1);
    end(1, 1);
    read();
    EXPECT_EQ(current_->exited.size(), 1U);
}

TEST_F(ThreadTree, two_looks_within_a_tick_do_not_make_a_waiting_thread_run) {
    put(1, 1, {.letter = 'R'});
    ProcSourceOptions options;
    options.process_clock = [](std::uint32_t) { return std::optional<std::uint64_t>(50); };
    start(options);
    for (int i = 0; i < 3; ++i) {
        read();  // immediately: the elapsed time may be execution that no tick has booked yet
    }
    let_pass();
    read();
    let_pass();
    read();
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::cpu_wait)], row(1)->wall_ns);
    EXPECT_LE(thread(1)->ns[index(ThreadState::exec)], 10 * kMs);
}

TEST_F(ThreadTree, of_a_large_process_only_those_are_read_that_account_for_its_clock) {
    constexpr std::uint32_t kThreads = 40;
    std::vector<FakeTask> tasks(kThreads);
    std::uint64_t dead_ns = 12'345;
    int clock_calls = 0;
    for (std::uint32_t i = 0; i < kThreads; ++i) {
        tasks[i].exec_ns = i * 1'000;
        put(100, 100 + i, tasks[i]);
    }
    ProcSourceOptions options;
    options.process_clock = [&](std::uint32_t) -> std::optional<std::uint64_t> {
        ++clock_calls;
        return std::accumulate(tasks.begin(), tasks.end(), dead_ns,
                               [](std::uint64_t sum, const FakeTask& task) { return sum + task.exec_ns; });
    };
    start(options);
    const auto run = [&](std::uint32_t i) {
        tasks[i].exec_ns += kMs;
        put(100, 100 + i, tasks[i]);
    };
    const auto exec_of = [&](std::uint32_t i) { return row(100 + i)->state_ns[index(ThreadState::exec)]; };
    for (int i = 0; i < 4; ++i) {
        let_pass();
        run(7);
        read();
        EXPECT_EQ(exec_of(7), kMs);
    }
    // If the clock shows that a thread cannot have run, its file is not read, even if it changes.
    FakeTask trap = tasks[9];
    trap.exec_ns += 5 * kMs;
    put(100, 109, trap);
    let_pass();
    run(7);
    read();
    EXPECT_EQ(exec_of(7), kMs);
    EXPECT_EQ(exec_of(9), 0U);
    // Another one ran too: the sum shows it, and all are read.
    put(100, 109, tasks[9]);
    let_pass();
    run(7);
    run(30);
    read();
    EXPECT_EQ(exec_of(7), kMs);
    EXPECT_EQ(exec_of(30), kMs);
    EXPECT_EQ(exec_of(9), 0U);
    // One exits, and its time moves to the process.
    dead_ns += tasks[11].exec_ns + 77;
    tasks[11].exec_ns = 0;
    end(100, 111);
    let_pass();
    run(30);
    read();
    ASSERT_EQ(current_->exited.size(), 1U);
    EXPECT_EQ(current_->exited[0].thread.tid, 111U);
    EXPECT_EQ(exec_of(30), kMs);
    EXPECT_GT(clock_calls, 0);
}

TEST_F(ThreadTree, new_threads_are_looked_for_only_after_a_fork) {
    put(1, 1, {});
    start();
    put(5, 5, {});
    put(1, 6, {});
    read();
    EXPECT_EQ(thread(5), nullptr);
    EXPECT_EQ(thread(6), nullptr);
    fork();
    read();
    EXPECT_NE(thread(5), nullptr);
    EXPECT_NE(thread(6), nullptr);
}

TEST_F(ThreadTree, what_others_change_on_a_quiet_thread_shows_after_a_while) {
    put(5, 5, {.comm = "before"});
    put(6, 6, {});
    start();
    put(5, 5, {.comm = "after", .nice = 7});
    for (int i = 0; i < 3; ++i) {
        read();
    }
    EXPECT_EQ(comm_of(*thread(5)), "after");
    EXPECT_EQ(thread(5)->nice, 7);
}

TEST_F(ThreadTree, an_unchanged_set_of_threads_allocates_nothing) {
    if (!tsa::testing::allocations_are_counted()) {
        GTEST_SKIP() << "the sanitizer owns malloc";
    }
    for (std::uint32_t tid = 1; tid <= 50; ++tid) {
        put(tid < 25 ? tid : 25, tid, {});
    }
    start();
    read();
    const std::size_t before = tsa::testing::allocations();
    for (int i = 0; i < 10; ++i) {
        source_->read(*current_);
        source_->read(*previous_);
    }
    EXPECT_EQ(tsa::testing::allocations(), before);
}

}  // namespace
}  // namespace tsa
