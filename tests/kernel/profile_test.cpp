// SPDX-License-Identifier: MIT
// The probes that time their own runs: every run is counted, the times match those measured by the kernel, and the
// regular probes contain no timing code.
#include <bpf/bpf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>

#include "base/fd.h"
#include "observer.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

constexpr std::uint64_t kTrips = 10'000;

ProbeOptions profiling() {
    ProbeOptions options;
    options.profile = true;
    return options;
}

const LatencyHistogram* find(const std::vector<ProgramLatency>& latencies, const std::string& program) {
    const auto found = std::ranges::find(latencies, program, &ProgramLatency::program);
    return found == latencies.end() ? nullptr : &found->runs;
}

/// The program at sched_switch: one of two, depending on the kernel.
const LatencyHistogram& switches_of(const std::vector<ProgramLatency>& latencies) {
    const LatencyHistogram* const runs = find(latencies, "tsa_switch");
    return runs != nullptr ? *runs : *find(latencies, "tsa_switch_old");
}

/// The cost of a program as counted by the kernel, read before and after.
ProgramCost cost_between(const std::vector<ProgramCost>& before, const std::vector<ProgramCost>& after,
                         const std::string& program) {
    const auto at = [&](const std::vector<ProgramCost>& costs) {
        const auto found = std::ranges::find(costs, program, &ProgramCost::name);
        return found == costs.end() ? ProgramCost{} : *found;
    };
    return {program, at(after).run_ns - at(before).run_ns, at(after).runs - at(before).runs};
}

TEST(Profile, counts_the_switches_and_wakeups_of_a_ping_pong) {
    TSA_REQUIRE(missing_bpf());
    Observer observer(profiling());
    Puppet pingpong("pingpong", {std::to_string(test_cpu())});
    const auto before = observer.probe().latencies();
    pingpong.ask("go " + std::to_string(kTrips) + " 0");
    const auto after = observer.probe().latencies();
    const LatencyHistogram switches = switches_of(after).since(switches_of(before));
    const LatencyHistogram wakeups = find(after, "tsa_wakeup")->since(*find(before, "tsa_wakeup"));
    // Two switches per round trip, plus other activity on the machine. A byte that arrives before its reader sleeps
    // causes no wakeup.
    EXPECT_GE(switches.count(), 2 * kTrips);
    EXPECT_GE(wakeups.count(), kTrips / 2);
    EXPECT_GT(switches.mean_ns().value_or(0), 0);
    EXPECT_GE(switches.below_ns(0.99).value_or(0), switches.below_ns(0.5).value_or(0));
}

TEST(Profile, mean_times_are_those_of_the_kernels_own_account) {
    TSA_REQUIRE(missing_bpf());
    // Like kernel.bpf_stats_enabled, as long as this descriptor is open.
    const Fd stats(::bpf_enable_stats(BPF_STATS_RUN_TIME));
    ASSERT_TRUE(stats.valid());
    Observer observer(profiling());
    Puppet pingpong("pingpong", {std::to_string(test_cpu())});
    const auto costs_before = observer.probe().program_costs();
    const auto before = observer.probe().latencies();
    pingpong.ask("go " + std::to_string(kTrips) + " 0");
    const auto after = observer.probe().latencies();
    const auto costs_after = observer.probe().program_costs();
    for (const std::string program : {find(after, "tsa_switch") ? "tsa_switch" : "tsa_switch_old", "tsa_wakeup"}) {
        const ProgramCost witness = cost_between(costs_before, costs_after, program);
        const LatencyHistogram runs = find(after, program)->since(*find(before, program));
        ASSERT_GE(runs.count(), kTrips / 2);
        // The witness's window is longer by the system calls that end it.
        EXPECT_LE(runs.count(), witness.runs) << program;
        EXPECT_GE(static_cast<double>(runs.count()), 0.95 * static_cast<double>(witness.runs)) << program;
        // It includes the second clock read and the counting, and its own clock around both.
        const double witness_ns = static_cast<double>(witness.run_ns) / static_cast<double>(witness.runs);
        const double mean_ns = runs.mean_ns().value_or(0);
        RecordProperty(program + "_ns", std::to_string(mean_ns) + " of " + std::to_string(witness_ns));
        EXPECT_LE(mean_ns, 1.05 * witness_ns) << program;
        EXPECT_GE(mean_ns, 0.25 * witness_ns) << program;
    }
}

TEST(Profile, sees_births_renames_execs_deaths_and_the_threads_that_were_there) {
    TSA_REQUIRE(missing_bpf());
    const std::uint64_t threads = threads_of_machine();
    Observer observer(profiling());
    const auto before = observer.probe().latencies();
    constexpr std::uint64_t kLives = 20;
    for (std::uint64_t life = 0; life < kLives; ++life) {
        ASSERT_EQ(std::system("exec true"), 0);
    }
    ASSERT_TRUE(await([&] {
        return find(observer.probe().latencies(), "tsa_free_task")->since(*find(before, "tsa_free_task")).count() >=
               kLives;
    }));
    const auto after = observer.probe().latencies();
    for (const char* program : {"tsa_fork", "tsa_wakeup_new", "tsa_exec", "tsa_rename", "tsa_free_task"}) {
        EXPECT_GE(find(after, program)->since(*find(before, program)).count(), kLives) << program;
    }
    // Other processes on the machine start and exit meanwhile.
    EXPECT_GE(find(after, "tsa_seed")->count(), threads / 2);
    EXPECT_EQ(find(after, "tsa_seed")->count(), find(before, "tsa_seed")->count());
}

TEST(Profile, lists_every_program_of_the_plan_that_an_event_runs) {
    TSA_REQUIRE(missing_bpf());
    Observer observer(profiling());
    const auto latencies = observer.probe().latencies();
    const std::set<std::string> by_user_space{"tsa_locate", "tsa_symbol", "tsa_find_per_cpu", "tsa_recount"};
    for (const std::string& program : observer.probe().plan().programs) {
        EXPECT_EQ(find(latencies, program) == nullptr, by_user_space.contains(program)) << program;
    }
    EXPECT_EQ(latencies.size() + by_user_space.size(), observer.probe().plan().programs.size());
    EXPECT_TRUE(std::ranges::none_of(latencies, [](const ProgramLatency& program) { return program.event.empty(); }));
}

TEST(Profile, an_empty_program_takes_less_than_a_switch) {
    TSA_REQUIRE(missing_bpf());
    Observer observer(profiling());
    Puppet pingpong("pingpong", {std::to_string(test_cpu())});
    pingpong.ask("go " + std::to_string(kTrips) + " 0");
    const auto empty_ns = observer.probe().empty_latency_ns();
    ASSERT_TRUE(empty_ns);
    EXPECT_GT(*empty_ns, 0);
    EXPECT_LT(*empty_ns, switches_of(observer.probe().latencies()).mean_ns());
}

TEST(Profile, the_usual_probes_time_nothing_and_have_no_map_for_it) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    EXPECT_TRUE(observer.probe().latencies().empty());
    EXPECT_FALSE(observer.probe().empty_latency_ns());
}

}  // namespace
}  // namespace tsa::test
