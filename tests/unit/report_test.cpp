// SPDX-License-Identifier: MIT
// Reports of literal samples: deltas, births and deaths inside the interval, reuse, sums, roll-ups.
#include "model/report.h"
#include "model/sample.h"

#include <gtest/gtest.h>

#include <numeric>

namespace tsa {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

Thread thread_of(std::uint32_t tid, std::uint32_t tgid, ThreadState state, std::uint64_t since_ns) {
    Thread thread;
    thread.life = 1;
    thread.tid = tid;
    thread.tgid = tgid;
    thread.state = state;
    thread.since_ns = since_ns;
    thread.first_seen_ns = since_ns;
    return thread;
}

Sample sample_of(std::uint64_t now_ns, std::vector<Thread> threads) {
    Sample sample;
    sample.now_ns = now_ns;
    sample.time_unix_ns = 1'700'000'000 * kSecond + now_ns;
    sample.threads = std::move(threads);
    // As a source does: equal only when nothing about the thread changed.
    for (const Thread& thread : sample.threads) {
        sample.versions.push_back(thread.since_ns * 2 + thread.life);
    }
    return sample;
}

Report build(const Sample& previous, const Sample& current, const ReportOptions& options = {}) {
    Report report;
    ReportBuilder builder;
    builder.build(previous, current, options, report);
    return report;
}

std::uint64_t sum(const PerState<std::uint64_t>& state_ns) {
    return std::accumulate(state_ns.begin(), state_ns.end(), std::uint64_t{0});
}

TEST(BuildReport, a_thread_without_an_event_spends_the_interval_in_its_state) {
    const Thread sleeper = thread_of(10, 10, ThreadState::idle, 3 * kSecond);
    const Sample before = sample_of(5 * kSecond, {sleeper});
    const Sample now = sample_of(6 * kSecond, {sleeper});
    const Report report = build(before, now);
    ASSERT_EQ(report.threads.size(), 1U);
    EXPECT_EQ(report.threads[0].wall_ns, kSecond);
    EXPECT_EQ(report.threads[0].state_ns[index(ThreadState::idle)], kSecond);
    EXPECT_EQ(sum(report.threads[0].state_ns), kSecond);
    EXPECT_EQ(report.interval_ns, kSecond);
    EXPECT_DOUBLE_EQ(report.threads_in(ThreadState::idle), 1.0);
    EXPECT_EQ(report.active_rows, 0U);
}

TEST(BuildReport, closed_and_open_time_of_several_states_add_up_to_the_interval) {
    const Thread before = thread_of(10, 10, ThreadState::exec, 4 * kSecond);
    Thread now = before;
    // exec until 5.2 s, io_wait until 5.5 s, cpu_wait (preempted) since.
    now.ns[index(ThreadState::exec)] = 12 * kSecond / 10;
    now.ns[index(ThreadState::io_wait)] = 3 * kSecond / 10;
    now.state = ThreadState::cpu_wait;
    now.preempted = true;
    now.since_ns = 55 * kSecond / 10;
    now.entries[index(ThreadState::io_wait)] = 1;
    now.entries[index(ThreadState::cpu_wait)] = 1;
    now.preempted_entries = 1;
    const Sample first = sample_of(5 * kSecond, {before});
    const Sample second = sample_of(6 * kSecond, {now});
    const Report report = build(first, second);
    ASSERT_EQ(report.threads.size(), 1U);
    const ThreadRow& row = report.threads[0];
    EXPECT_EQ(row.state_ns[index(ThreadState::exec)], 2 * kSecond / 10);
    EXPECT_EQ(row.state_ns[index(ThreadState::io_wait)], 3 * kSecond / 10);
    EXPECT_EQ(row.state_ns[index(ThreadState::cpu_wait)], 5 * kSecond / 10);
    EXPECT_EQ(row.part_ns[Part::preempted], 5 * kSecond / 10);
    EXPECT_EQ(row.wall_ns, kSecond);
    EXPECT_EQ(row.voluntary_switches(), 1U);
    EXPECT_EQ(row.involuntary_switches(), 1U);
    EXPECT_EQ(report.total_wall_ns, kSecond);
    EXPECT_EQ(report.active_rows, 1U);
}

TEST(BuildReport, a_thread_first_seen_inside_counts_from_then) {
    const Sample before = sample_of(5 * kSecond, {});
    const Sample now = sample_of(6 * kSecond, {thread_of(11, 10, ThreadState::exec, 58 * kSecond / 10)});
    const Report report = build(before, now);
    ASSERT_EQ(report.threads.size(), 1U);
    EXPECT_EQ(report.threads[0].before, nullptr);
    EXPECT_EQ(report.threads[0].wall_ns, 2 * kSecond / 10);
}

TEST(BuildReport, an_event_while_the_sample_was_read_moves_only_that_threads_end) {
    const Thread before = thread_of(10, 10, ThreadState::exec, 4 * kSecond);
    Thread now = before;
    now.ns[index(ThreadState::exec)] = 2 * kSecond + 100;  // switched out 100 ns after the sample's clock reading
    now.state = ThreadState::idle;
    now.since_ns = 6 * kSecond + 100;
    const Sample first = sample_of(5 * kSecond, {before});
    const Sample second = sample_of(6 * kSecond, {now});
    const Report report = build(first, second);
    EXPECT_EQ(report.threads[0].wall_ns, kSecond + 100);
    EXPECT_EQ(report.threads[0].state_ns[index(ThreadState::exec)], kSecond + 100);
    // and the next interval begins exactly there
    const Sample third = sample_of(7 * kSecond, {now});
    const Report next = build(second, third);
    EXPECT_EQ(next.threads[0].wall_ns, kSecond - 100);
    EXPECT_EQ(next.threads[0].state_ns[index(ThreadState::idle)], kSecond - 100);
}

TEST(BuildReport, tid_reuse_starts_a_new_baseline) {
    Thread old_life = thread_of(10, 10, ThreadState::exec, kSecond);
    old_life.ns[index(ThreadState::exec)] = 4 * kSecond;
    Thread new_life = thread_of(10, 10, ThreadState::exec, 55 * kSecond / 10);
    new_life.life = 2;
    const Sample before = sample_of(5 * kSecond, {old_life});
    const Sample now = sample_of(6 * kSecond, {new_life});
    const Report report = build(before, now);
    ASSERT_EQ(report.threads.size(), 1U);
    EXPECT_EQ(report.threads[0].before, nullptr);
    EXPECT_EQ(report.threads[0].wall_ns, 5 * kSecond / 10);
}

TEST(BuildReport, a_thread_that_ended_inside_brings_its_part_and_the_moment) {
    const Thread before = thread_of(12, 10, ThreadState::exec, 4 * kSecond);
    Thread end = before;
    end.ns[index(ThreadState::exec)] = 125 * kSecond / 100;
    end.state = ThreadState::zombie;
    end.since_ns = 525 * kSecond / 100;
    const Sample first = sample_of(5 * kSecond, {before});
    Sample second = sample_of(6 * kSecond, {Thread{}});
    second.exited.push_back({0, end.since_ns, end});
    const Report report = build(first, second);
    EXPECT_TRUE(report.threads.empty());
    ASSERT_EQ(report.exited.size(), 1U);
    EXPECT_EQ(report.exited[0].wall_ns, 25 * kSecond / 100);
    EXPECT_EQ(report.exited[0].state_ns[index(ThreadState::exec)], 25 * kSecond / 100);
    EXPECT_EQ(report.exited[0].exit_time_unix_ns, 1'700'000'000 * kSecond + 525 * kSecond / 100);
    EXPECT_EQ(report.total_ns[index(ThreadState::exec)], 25 * kSecond / 100);
    ASSERT_EQ(report.processes.size(), 1U);
    EXPECT_EQ(report.processes[0].threads, 0U);
    EXPECT_EQ(report.processes[0].exited_threads, 1U);
    EXPECT_EQ(report.processes[0].wall_ns, 25 * kSecond / 100);
}

TEST(BuildReport, a_thread_that_lived_between_two_samples_is_in_the_totals) {
    Thread end = thread_of(13, 13, ThreadState::zombie, 56 * kSecond / 10);
    end.first_seen_ns = 55 * kSecond / 10;
    end.ns[index(ThreadState::exec)] = kSecond / 10;
    Sample now = sample_of(6 * kSecond, {});
    now.exited.push_back({7, end.since_ns, end});
    const Report report = build(sample_of(5 * kSecond, {}), now);
    ASSERT_EQ(report.exited.size(), 1U);
    EXPECT_EQ(report.exited[0].wall_ns, kSecond / 10);
    EXPECT_EQ(report.total_wall_ns, kSecond / 10);
}

TEST(BuildReport, a_zombie_counts_only_when_its_parent_leaves_it_lying_about) {
    Thread dead = thread_of(14, 14, ThreadState::zombie, 595 * kSecond / 100);
    dead.first_seen_ns = 55 * kSecond / 10;
    dead.ns[index(ThreadState::exec)] = 45 * kSecond / 100;
    const Sample before = sample_of(5 * kSecond, {});
    const Sample young = sample_of(6 * kSecond, {dead});
    const Sample old = sample_of(7 * kSecond, {dead});
    EXPECT_EQ(build(before, young).threads[0].wall_ns, 45 * kSecond / 100);
    EXPECT_EQ(build(before, young).total_ns[index(ThreadState::zombie)], 0U);
    // What was left out is made up for, to the nanosecond.
    EXPECT_EQ(build(young, old).threads[0].state_ns[index(ThreadState::zombie)], 105 * kSecond / 100);
}

TEST(BuildReport, process_rows_sum_their_threads) {
    const Thread leader = thread_of(20, 20, ThreadState::idle, kSecond);
    Thread worker = thread_of(21, 20, ThreadState::exec, kSecond);
    Thread other = thread_of(30, 30, ThreadState::sleep, kSecond);
    const Sample before = sample_of(5 * kSecond, {worker, other, leader});
    worker.rss_bytes = 4096;
    worker.rss_at_ns = 5 * kSecond;
    const Sample now = sample_of(6 * kSecond, {worker, other, leader});
    const Report report = build(before, now);
    ASSERT_EQ(report.processes.size(), 2U);
    const ProcessRow& process = report.processes[report.threads[0].process];
    EXPECT_EQ(process.tgid, 20U);
    EXPECT_EQ(process.threads, 2U);
    EXPECT_EQ(process.leader->tid, 20U);
    EXPECT_EQ(process.wall_ns, 2 * kSecond);
    EXPECT_EQ(process.state_ns[index(ThreadState::exec)], kSecond);
    EXPECT_EQ(process.state_ns[index(ThreadState::idle)], kSecond);
    EXPECT_EQ(process.rss_bytes, 4096U);
}

TEST(BuildReport, filters_hide_rows_but_never_the_totals) {
    Thread kernel_thread = thread_of(2, 2, ThreadState::idle, kSecond);
    kernel_thread.kernel = true;
    Thread followed = thread_of(30, 30, ThreadState::exec, kSecond);
    followed.followed = true;
    const Thread plain = thread_of(40, 40, ThreadState::sleep, kSecond);
    const Sample before = sample_of(5 * kSecond, {kernel_thread, followed, plain});
    const Sample now = sample_of(6 * kSecond, {kernel_thread, followed, plain});

    ReportOptions no_kernel;
    no_kernel.kernel_threads = false;
    EXPECT_EQ(build(before, now, no_kernel).threads.size(), 2U);
    ReportOptions one_process;
    one_process.process = ChosenProcess{40};
    EXPECT_EQ(build(before, now, one_process).threads.size(), 1U);
    ReportOptions only_followed;
    only_followed.followed_only = true;
    EXPECT_EQ(build(before, now, only_followed).threads[0].now->tid, 30U);
    const ChosenThread wanted[] = {{2}, {40}, {999}};
    ReportOptions some;
    some.threads = wanted;
    const Report report = build(before, now, some);
    EXPECT_EQ(report.threads.size(), 2U);
    EXPECT_EQ(report.total_wall_ns, 3 * kSecond);
}

TEST(BuildReport, a_lost_final_record_keeps_the_machines_totals_right) {
    const Thread before = thread_of(12, 10, ThreadState::exec, 4 * kSecond);
    const Sample first = sample_of(5 * kSecond, {before});
    Sample second = sample_of(6 * kSecond, {Thread{}});
    // It ran until 5.25 s; its whole life came into the sum without a name.
    second.untracked.ns[index(ThreadState::exec)] = 125 * kSecond / 100;
    second.untracked.exits = 1;
    const Report report = build(first, second);
    EXPECT_TRUE(report.exited.empty());
    EXPECT_EQ(report.unlisted_exits, 1U);
    EXPECT_EQ(report.total_ns[index(ThreadState::exec)], 25 * kSecond / 100);
}

TEST(BuildReport, counters_that_go_back_never_become_huge_numbers) {
    Thread before = thread_of(12, 10, ThreadState::idle, 4 * kSecond);
    before.ns[index(ThreadState::exec)] = 3 * kSecond;
    Thread now = before;
    now.ns[index(ThreadState::exec)] = 2 * kSecond;
    now.since_ns += 1;
    const Report report = build(sample_of(5 * kSecond, {before}), sample_of(6 * kSecond, {now}));
    EXPECT_EQ(report.threads[0].state_ns[index(ThreadState::exec)], 0U);
    EXPECT_EQ(report.threads[0].wall_ns, sum(report.threads[0].state_ns));
}

TEST(BuildReport, a_switch_that_was_repaired_later_does_not_make_the_interval_longer) {
    // The first sample took it for waiting until 5 s; then it turns out that it ran from 4.9 s to 5.5 s.
    Thread before = thread_of(12, 10, ThreadState::cpu_wait, 4 * kSecond);
    before.preempted = true;
    Thread now = before;
    now.ns[index(ThreadState::cpu_wait)] = 9 * kSecond / 10;
    now.part_ns[Part::preempted] = 9 * kSecond / 10;
    now.ns[index(ThreadState::exec)] = 6 * kSecond / 10;
    now.state = ThreadState::idle;
    now.preempted = false;
    now.since_ns = 55 * kSecond / 10;
    const Report report = build(sample_of(5 * kSecond, {before}), sample_of(6 * kSecond, {now}));
    const ThreadRow& row = report.threads[0];
    EXPECT_EQ(row.wall_ns, kSecond);
    EXPECT_EQ(sum(row.state_ns), kSecond);
    EXPECT_EQ(row.state_ns[index(ThreadState::idle)], kSecond / 2);
    EXPECT_EQ(row.state_ns[index(ThreadState::exec)], kSecond / 2);
    EXPECT_LE(row.part_ns[Part::preempted], row.state_ns[index(ThreadState::cpu_wait)]);
}

TEST(BuildReport, system_rates_come_from_both_ends_and_are_absent_when_one_is_missing) {
    Sample before = sample_of(5 * kSecond, {});
    Sample now = sample_of(7 * kSecond, {});
    before.system.cpu = CpuTimes{.user_ns = 10, .idle_ns = 30};
    now.system.cpu = CpuTimes{.user_ns = 40, .idle_ns = 40};
    before.system.swap_in_bytes = 100;
    now.system.swap_in_bytes = 4100;
    now.system.disk_read_bytes = 5;
    before.system.pressure_io = Pressure{.some_total_ns = 0};
    now.system.pressure_io = Pressure{.some_total_ns = kSecond};
    const Report report = build(before, now);
    EXPECT_DOUBLE_EQ(report.system.cpu_busy_pct.value(), 75.0);
    EXPECT_DOUBLE_EQ(report.system.swap_in_bytes_per_s.value(), 2000.0);
    EXPECT_FALSE(report.system.disk_read_bytes_per_s.has_value());
    EXPECT_DOUBLE_EQ(report.system.stall_io_pct.value(), 50.0);
    EXPECT_FALSE(report.system.stall_cpu_pct.has_value());
}

TEST(LatencyNs, sums_the_states_that_the_state_table_marks) {
    for (const StateInfo& state : state_table()) {
        PerState<std::uint64_t> state_ns{};
        state_ns[index(state.state)] = 5;
        EXPECT_EQ(latency_ns(state_ns), state.is_delay ? 5U : 0U) << state.key;
    }
}

TEST(BuildReport, the_same_builder_gives_the_same_report_again) {
    std::vector<Thread> threads;
    for (std::uint32_t i = 0; i < 500; ++i) {
        threads.push_back(thread_of(1000 + i, 1000 + i / 3 * 3, ThreadState::sleep, kSecond));
    }
    const Sample before = sample_of(5 * kSecond, threads);
    const Sample now = sample_of(6 * kSecond, threads);
    ReportBuilder builder;
    Report report;
    for (int round = 0; round < 3; ++round) {
        builder.build(before, now, {}, report);
        EXPECT_EQ(report.processes.size(), 167U);
        EXPECT_EQ(report.total_wall_ns, 500 * kSecond);
    }
}

}  // namespace
}  // namespace tsa
