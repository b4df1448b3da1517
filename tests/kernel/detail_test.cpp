// SPDX-License-Identifier: MIT
// What the drill-down collects for a thread whose TID changes owners: after exec of a non-leader thread, both sources
// continue with that thread's counters under the leader's TID.
#include "app/host/detail.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "app/host/collector.h"
#include "delay_observer.h"
#include "support/feature.h"
#include "support/puppet.h"

namespace tsa::test {
namespace {

constexpr std::uint64_t kBurntBeforeExecNs = 20'000'000;

std::optional<std::string> missing_sources() {
    const std::optional<std::string> missing = missing_bpf();
    return missing ? missing : missing_taskstats();
}

/// The former leader has exited, and may still be listed next to the thread that has its TID now.
const ThreadRow* row_of(const Report& report, std::uint32_t tid) {
    const auto found = std::ranges::find_if(report.threads, [&](const ThreadRow& row) {
        return row.now->tid == tid && row.now->state != ThreadState::zombie;
    });
    return found != report.threads.end() ? &*found : nullptr;
}

class ExecOfAThread : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_sources());
        auto collector = Collector::start({SourceChoice::bpf, 0});
        ASSERT_TRUE(collector.ok()) << collector.error().text();
        collector_ = std::move(collector).value();
    }

    const Report& collect() { return collector_->collect({}); }

    void exec() {
        execer_.send("exec");
        execer_.await_ready();
    }

    Puppet execer_{"execer"};
    std::uint32_t leader_ = static_cast<std::uint32_t>(execer_.pid());
    std::uint32_t follower_ = execer_.tid("execer");
    std::unique_ptr<Collector> collector_;
};

TEST_F(ExecOfAThread, its_delays_grow_from_its_own_and_not_from_the_leaders) {
    DelayFeed delays;
    const DelayTable& before = delays.fetch(collect());
    ASSERT_EQ(before.unavailable, "");
    ASSERT_NE(row_of(collector_->report(), follower_), nullptr);
    exec();
    const Report& report = collect();
    const ThreadRow* row = row_of(report, leader_);
    ASSERT_TRUE(row != nullptr && row->before != nullptr && row->before->tid == follower_);
    const ThreadDelays* found = delays.fetch(report).find(key_of(*row->now));
    ASSERT_NE(found, nullptr);
    ASSERT_TRUE(found->has_before);
    EXPECT_GE(found->before.cpu_run_virtual_ns, kBurntBeforeExecNs);
    EXPECT_GE(found->now.cpu_run_virtual_ns, found->before.cpu_run_virtual_ns);
}

TEST_F(ExecOfAThread, what_was_read_of_the_leader_is_compared_with_nothing_of_the_other) {
    DelayFeed delays;
    DetailCollector detail(collector_->probe(), delays);
    const Report& first = collect();
    ASSERT_NE(row_of(first, leader_), nullptr);
    const ThreadKey key = key_of(*row_of(first, leader_)->now);
    detail.update(key, first);
    const ThreadDetail* seen = detail.update(key, collect());
    ASSERT_NE(seen, nullptr);
    ASSERT_GT(seen->window_ns, 0U);
    exec();
    const Report& taken_over = collect();
    ASSERT_TRUE(row_of(taken_over, leader_) != nullptr && row_of(taken_over, leader_)->before->tid == follower_);
    seen = detail.update(key, taken_over);
    EXPECT_EQ(seen->window_ns, 0U);
    EXPECT_EQ(seen->comparisons[0].reason, Reason::no_reply) << "nothing of the leader remains";
    const std::uint64_t begin_ns = taken_over.now_ns;
    ASSERT_EQ(execer_.ask("burn"), "burned");
    const Report& last = collect();
    seen = detail.update(key, last);
    EXPECT_EQ(seen->window_ns, last.now_ns - begin_ns);
    for (const Comparison& comparison : seen->comparisons) {
        EXPECT_LE(comparison.probes_ns.value_or(0), seen->window_ns) << describe(comparison);
    }
    EXPECT_GE(seen->comparisons[0].probes_ns.value_or(0), kBurntBeforeExecNs);
}

}  // namespace
}  // namespace tsa::test
