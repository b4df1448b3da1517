// SPDX-License-Identifier: MIT
// The sums of a Summary: groups by name, threads counted, slices, spreads; and what adding costs.
#include "summary/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "model/tally.h"
#include "unit/allocations.h"
#include "unit/recorded_reports.h"
#include "unit/summary_machine.h"

namespace tsa {
namespace {

using testing::kBeginUnix;
using testing::kMs;
using testing::kSecond;
using testing::SummaryMachine;
using enum ThreadState;

const SummaryGroup* group(const std::vector<SummaryGroup>& groups, std::string_view process,
                          std::string_view thread = {}) {
    const auto found = std::ranges::find_if(
        groups, [&](const SummaryGroup& one) { return one.process == process && one.thread == thread; });
    return found == groups.end() ? nullptr : &*found;
}

std::uint64_t sum_of(const PerState<std::uint64_t>& state_ns) {
    std::uint64_t sum = 0;
    for (const std::uint64_t ns : state_ns) {
        sum += ns;
    }
    return sum;
}

TEST(Summary, of_nothing_is_empty) {
    const Summary summary = SummaryBuilder().finish();
    EXPECT_EQ(summary.intervals, 0U);
    EXPECT_EQ(summary.elapsed_ns, 0U);
    EXPECT_TRUE(summary.by_process.empty());
    EXPECT_TRUE(summary.slices.empty());
    EXPECT_TRUE(summary.findings.empty());
    EXPECT_EQ(summary.threads_in[0].intervals, 0U);
}

TEST(Summary, the_states_of_all_groups_sum_up_to_the_machine) {
    testing::Played played({});
    SummaryBuilder builder;
    PerState<std::uint64_t> total{};
    std::uint64_t elapsed = 0, listed = 0;
    for (int interval = 0; interval < 100; ++interval) {
        played.step();
        builder.add(played.report());
        elapsed += played.report().interval_ns;
        for (std::size_t state = 0; state < kStateCount; ++state) {
            total[state] += played.report().total_ns[state];
        }
        for (const ProcessRow& process : played.report().processes) {
            listed += process.wall_ns;
        }
    }
    const Summary summary = builder.finish();
    EXPECT_EQ(summary.intervals, 100U);
    EXPECT_EQ(summary.elapsed_ns, elapsed);
    EXPECT_EQ(summary.end_unix_ns, played.report().time_unix_ns);
    EXPECT_EQ(summary.total_ns, total);
    ASSERT_GT(summary.by_thread.size(), 2U);
    for (const auto* groups : {&summary.by_process, &summary.by_thread}) {
        std::uint64_t wall = 0;
        for (const SummaryGroup& one : *groups) {
            EXPECT_EQ(sum_of(one.state_ns), one.wall_ns) << one.process << "/" << one.thread;
            wall += one.wall_ns;
        }
        EXPECT_EQ(wall, listed);
    }
}

TEST(Summary, threads_of_one_name_are_one_group_of_their_process_s_name) {
    SummaryMachine machine;
    machine.start(10, "server");
    machine.start(11, "worker", idle, 10);
    machine.start(12, "worker", idle, 10);
    machine.start(20, "server");
    machine.begin();
    machine.spend(11, {{exec, 300 * kMs}, {lock_wait, 200 * kMs}}, idle);
    machine.spend(12, {{exec, 100 * kMs}}, idle);
    SummaryBuilder builder;
    builder.add(machine.step());
    const Summary summary = builder.finish();
    const SummaryGroup* workers = group(summary.by_thread, "server", "worker");
    ASSERT_NE(workers, nullptr);
    EXPECT_EQ(workers->threads, 2U);
    EXPECT_EQ(workers->state_ns[index(exec)], 400 * kMs);
    EXPECT_EQ(workers->state_ns[index(lock_wait)], 200 * kMs);
    EXPECT_DOUBLE_EQ(workers->mean[index(exec)], 0.4);
    const SummaryGroup* servers = group(summary.by_process, "server");
    ASSERT_NE(servers, nullptr);
    EXPECT_EQ(servers->threads, 4U);
    EXPECT_EQ(servers->wall_ns, 4 * kSecond);
    EXPECT_EQ(group(summary.by_thread, "server", "server")->threads, 2U);
}

TEST(Summary, most_time_lost_to_waits_comes_first) {
    SummaryMachine machine;
    machine.start(1, "busy");
    machine.start(2, "waiting");
    machine.start(3, "calm");
    machine.begin();
    machine.spend(1, {{exec, 900 * kMs}, {cpu_wait, 10 * kMs}}, idle);
    machine.spend(2, {{io_wait, 500 * kMs}}, idle);
    SummaryBuilder builder;
    builder.add(machine.step());
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.by_process.size(), 3U);
    EXPECT_EQ(summary.by_process[0].process, "waiting");
    EXPECT_EQ(summary.by_process[1].process, "busy");
    EXPECT_EQ(summary.by_process[2].process, "calm");
}

TEST(Summary, a_renamed_thread_counts_where_its_time_went) {
    SummaryMachine machine;
    machine.start(1, "before");
    machine.begin();
    SummaryBuilder builder;
    machine.spend(1, {{exec, 400 * kMs}}, idle);
    builder.add(machine.step());
    machine.rename(1, "after");
    machine.spend(1, {{exec, 250 * kMs}}, idle);
    builder.add(machine.step());
    builder.add(machine.step());
    const Summary summary = builder.finish();
    EXPECT_EQ(summary.threads_seen, 1U);
    EXPECT_EQ(group(summary.by_process, "before")->state_ns[index(exec)], 400 * kMs);
    EXPECT_EQ(group(summary.by_process, "before")->wall_ns, kSecond);
    EXPECT_EQ(group(summary.by_process, "after")->state_ns[index(exec)], 250 * kMs);
    EXPECT_EQ(group(summary.by_process, "after")->wall_ns, 2 * kSecond);
    EXPECT_EQ(group(summary.by_thread, "before", "before")->threads, 1U);
    EXPECT_EQ(group(summary.by_thread, "after", "after")->threads, 1U);
}

TEST(Summary, a_quiet_thread_follows_its_process_when_that_is_renamed) {
    SummaryMachine machine;
    machine.start(1, "old");
    machine.start(2, "quiet", idle, 1);
    machine.begin();
    SummaryBuilder builder;
    builder.add(machine.step());
    machine.rename(1, "new");
    machine.spend(1, {{exec, kMs}}, idle);
    builder.add(machine.step());
    const Summary summary = builder.finish();
    EXPECT_EQ(group(summary.by_thread, "old", "quiet")->wall_ns, kSecond);
    EXPECT_EQ(group(summary.by_thread, "new", "quiet")->wall_ns, kSecond);
}

// With and without rows before in the first interval: live, and as a recording is played.
TEST(Summary, who_was_there_was_born_and_ended_is_counted_once) {
    for (const bool live : {true, false}) {
        SummaryMachine machine;
        machine.start(1, "old");
        if (live) {
            machine.begin();
        }
        machine.bear(2, "brief", 200 * kMs);
        machine.end(2, {{exec, 5 * kMs}});
        machine.bear(3, "young", 100 * kMs);
        machine.spend(3, {{exec, 5 * kMs}}, idle);
        SummaryBuilder builder;
        builder.add(machine.step());
        machine.bear(4, "brief", 5 * kMs);
        machine.end(4, {{exec, 5 * kMs}});
        machine.end(1, {{exec, 5 * kMs}});
        builder.add(machine.step());
        builder.add(machine.step());
        const Summary summary = builder.finish();
        EXPECT_EQ(summary.threads_seen, 4U) << live;
        EXPECT_EQ(summary.threads_ended, 3U) << live;
        EXPECT_EQ(group(summary.by_process, "brief")->threads, 2U) << live;
        EXPECT_EQ(group(summary.by_process, "brief")->born, 2U) << live;
        EXPECT_EQ(group(summary.by_process, "brief")->ended, 2U) << live;
        EXPECT_EQ(group(summary.by_process, "young")->born, 1U) << live;
        EXPECT_EQ(group(summary.by_process, "young")->ended, 0U) << live;
        EXPECT_EQ(group(summary.by_process, "old")->born, 0U) << live;
        EXPECT_EQ(group(summary.by_process, "old")->ended, 1U) << live;
    }
}

// A recording has no time of the death, so its row begins with the interval, or wherever later rows fit.
TEST(Summary, one_that_is_not_reaped_yet_was_born_wherever_its_row_begins) {
    for (const std::uint64_t after_ns : {std::uint64_t{0}, 40 * kMs}) {
        SummaryMachine machine;
        machine.start(1, "old");
        machine.begin();
        SummaryBuilder builder;
        builder.add(machine.step());
        machine.bear(2, "brief", after_ns);
        machine.spend(2, {{exec, 5 * kMs}}, ThreadState::zombie);
        builder.add(machine.step(80 * kMs));
        EXPECT_EQ(group(builder.finish().by_process, "brief")->born, 1U) << after_ns;
    }
}

TEST(Summary, names_beyond_the_bound_share_one_group) {
    constexpr std::uint32_t kNames = kMaxSummaryGroups + 500;
    SummaryMachine machine;
    for (std::uint32_t tid = 1; tid <= kNames; ++tid) {
        machine.start(tid, "name" + std::to_string(tid));
    }
    machine.begin();
    SummaryBuilder builder;
    builder.add(machine.step());
    builder.add(machine.step());
    const Summary summary = builder.finish();
    EXPECT_EQ(summary.by_process.size(), kMaxSummaryGroups + 1);
    EXPECT_EQ(summary.by_thread.size(), kMaxSummaryGroups + 1);
    const SummaryGroup* others = group(summary.by_process, kOtherNames);
    ASSERT_NE(others, nullptr);
    EXPECT_EQ(others->threads, 500U);
    EXPECT_EQ(others->wall_ns, 2 * 500 * kSecond);
}

TEST(Summary, a_chart_of_any_length_has_300_to_600_points_that_tile_the_time) {
    for (const std::uint64_t intervals : {1U, 599U, 600U, 601U, 3333U}) {
        SummaryMachine machine;
        machine.start(1, "one");
        machine.begin();
        SummaryBuilder builder;
        double exec_s = 0;
        for (std::uint64_t i = 0; i < intervals; ++i) {
            machine.spend(1, {{exec, (i % 10) * 100 * kMs}}, idle);
            exec_s += static_cast<double>(i % 10) * 0.1;
            builder.add(machine.step());
        }
        const std::vector<SummarySlice> slices = builder.finish().slices;
        ASSERT_GE(slices.size(), std::min<std::size_t>(intervals, kMaxSummarySlices / 2));
        ASSERT_LE(slices.size(), kMaxSummarySlices);
        EXPECT_EQ(slices.front().from_unix_ns, kBeginUnix);
        EXPECT_EQ(slices.back().to_unix_ns, kBeginUnix + intervals * kSecond);
        double told_s = 0;
        for (std::size_t i = 0; i < slices.size(); ++i) {
            const SummarySlice& slice = slices[i];
            EXPECT_EQ(slice.from_unix_ns, i == 0 ? kBeginUnix : slices[i - 1].to_unix_ns);
            told_s += slice.threads_in[index(exec)] * static_cast<double>(slice.to_unix_ns - slice.from_unix_ns) / 1e9;
        }
        EXPECT_NEAR(told_s, exec_s, 1e-6 * exec_s + 1e-9);
    }
}

TEST(Summary, a_spread_has_the_extremes_and_the_moment_of_the_largest) {
    SummaryMachine machine;
    machine.start(1, "one");
    machine.begin();
    SummaryBuilder builder;
    // The same share in intervals of different length weighs by time.
    machine.spend(1, {{exec, 100 * kMs}}, idle);
    builder.add(machine.step(kSecond));
    machine.spend(1, {{exec, 2700 * kMs}}, idle);
    builder.add(machine.step(3 * kSecond));
    builder.add(machine.step(kSecond));
    const Spread spread = builder.finish().threads_in[index(exec)];
    EXPECT_DOUBLE_EQ(spread.mean, 2.8 / 5);
    EXPECT_DOUBLE_EQ(spread.min, 0);
    EXPECT_DOUBLE_EQ(spread.max, 0.9);
    EXPECT_EQ(spread.max_at_unix_ns, kBeginUnix + 4 * kSecond);
    EXPECT_EQ(spread.intervals, 3U);
}

TEST(Summary, what_the_machine_does_not_tell_is_absent) {
    SummaryMachine machine;
    machine.begin();
    SummaryBuilder builder;
    builder.add(machine.step());
    const Summary summary = builder.finish();
    EXPECT_EQ(summary.of_column("cpu_busy_pct").intervals, 0U);
    EXPECT_EQ(summary.of_column("disk_read_bytes_per_s").intervals, 0U);
    EXPECT_FALSE(summary.slices.front().cpu_busy_pct.has_value());
}

TEST(Summary, counters_of_loss_are_the_newest_and_gauges_the_largest) {
    SummaryMachine machine;
    machine.begin();
    SummaryBuilder builder;
    machine.sample().health.threads_without_slot = 7;
    machine.sample().health.exit_records_lost = 3;
    builder.add(machine.step());
    machine.sample().health.threads_without_slot = 2;
    machine.sample().health.exit_records_lost = 5;
    builder.add(machine.step());
    const Summary summary = builder.finish();
    EXPECT_EQ(summary.health.threads_without_slot, 7U);
    EXPECT_EQ(summary.health.exit_records_lost, 5U);
}

TEST(Summary, the_order_of_the_rows_has_no_influence) {
    testing::Played played({});
    SummaryBuilder straight, reversed;
    Report report;
    for (int interval = 0; interval < 60; ++interval) {
        played.step();
        straight.add(played.report());
        report = played.report();
        std::ranges::reverse(report.threads);
        std::ranges::reverse(report.exited);
        reversed.add(report);
    }
    const Summary one = straight.finish(), two = reversed.finish();
    ASSERT_EQ(one.by_thread.size(), two.by_thread.size());
    for (std::size_t i = 0; i < one.by_thread.size(); ++i) {
        EXPECT_EQ(one.by_thread[i].thread, two.by_thread[i].thread);
        EXPECT_EQ(one.by_thread[i].state_ns, two.by_thread[i].state_ns);
        // A dead main thread and its successor have one identity here: which of the two is counted may differ.
        EXPECT_NEAR(static_cast<double>(one.by_thread[i].threads), static_cast<double>(two.by_thread[i].threads), 2);
        EXPECT_EQ(one.by_thread[i].variance_of_mean, two.by_thread[i].variance_of_mean);
    }
    ASSERT_EQ(one.worst.size(), two.worst.size());
    EXPECT_GT(one.worst.size(), 5U);
    for (std::size_t i = 0; i < one.worst.size(); ++i) {
        EXPECT_EQ(one.worst[i].thread, two.worst[i].thread);
        EXPECT_EQ(one.worst[i].at_least_ns, two.worst[i].at_least_ns);
        EXPECT_EQ(one.worst[i].at_most_ns, two.worst[i].at_most_ns);
    }
}

TEST(Summary, adding_allocates_nothing_once_names_and_threads_are_steady) {
    if (!testing::allocations_are_counted()) {
        GTEST_SKIP() << "a sanitizer needs malloc for itself";
    }
    testing::QuietCrowd crowd(2000);
    SummaryBuilder builder;
    for (int interval = 0; interval < 40; ++interval) {
        builder.add(crowd.step());
    }
    const testing::AllocationCount count;
    for (int interval = 0; interval < 2000; ++interval) {
        builder.add(crowd.step());
    }
    EXPECT_EQ(count.so_far(), 0U);
    EXPECT_EQ(builder.finish().threads_seen, 2000U);
}

}  // namespace
}  // namespace tsa
