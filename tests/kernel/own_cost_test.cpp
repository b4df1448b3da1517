// SPDX-License-Identifier: MIT
// The program's own cost on the live kernel: includes every attached BPF object, also after it is detached.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "app/host/collector.h"
#include "sched/target.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

#include "model/sample.h"

namespace tsa::test {
namespace {

/// Sets kernel.bpf_stats_enabled=1 and restores it at the end.
class BpfStats {
  public:
    BpfStats() : before_(text_of(kPath)) { std::ofstream(kPath) << 1; }
    ~BpfStats() { std::ofstream(kPath) << before_; }
    BpfStats(const BpfStats&) = delete;
    BpfStats& operator=(const BpfStats&) = delete;

  private:
    static constexpr const char* kPath = "/proc/sys/kernel/bpf_stats_enabled";
    std::string before_;
};

std::uint64_t runs_of(const std::vector<ProgramCost>& costs) {
    std::uint64_t runs = 0;
    for (const ProgramCost& cost : costs) {
        runs += cost.runs;
    }
    return runs;
}

TEST(OwnCost, has_the_runs_of_the_drill_downs_probe_while_it_is_attached_and_keeps_them) {
    TSA_REQUIRE(missing_bpf());
    const BpfStats stats;
    Puppet pingpong("pingpong", {std::to_string(test_cpu())});
    auto collector = Collector::start({SourceChoice::bpf, 0});
    ASSERT_TRUE(collector.ok());
    Probe& probe = *collector.value()->probe();
    Sample sample;
    const auto own_cost = [&] {
        collector.value()->read_machine(sample);
        return sample.own;
    };
    // The probes keep running; the programs that read locks are in the own cost too.
    const std::uint64_t probes_before = runs_of(probe.program_costs());
    EXPECT_GE(*own_cost().probe_runs, probes_before);
    constexpr std::uint64_t kTrips = 5000;
    OwnCost open;
    {
        collector.value()->read(sample);
        const auto ping = std::ranges::find(sample.threads, pingpong.tid("ping"), &Thread::tid);
        ASSERT_NE(ping, sample.threads.end());
        const auto target = TargetProbe::start(probe, key_of(*ping));
        ASSERT_TRUE(target.ok()) << target.error().text();
        ASSERT_EQ(pingpong.ask("go " + std::to_string(kTrips) + " 0"), "done");
        open = own_cost();
        // It sees both threads leave the CPU at each trip.
        EXPECT_GE(*open.probe_runs, runs_of(probe.program_costs()) + kTrips);
        EXPECT_GT(*open.probe_ns, 0U);
    }
    const OwnCost closed = own_cost();
    EXPECT_GE(*closed.probe_runs, runs_of(probe.program_costs()) + kTrips) << "it does not decrease";
    EXPECT_GE(*closed.probe_runs, *open.probe_runs);
    EXPECT_GE(*closed.probe_ns, *open.probe_ns);
}

}  // namespace
}  // namespace tsa::test
