// SPDX-License-Identifier: MIT
// Whose CPU time cgroups wait for: in proportion to what ran, exactly as long
// as the waits, and no one's while the own quota is used up.
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "observer.h"
#include "sched/matrix.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

#include "model/sample.h"

namespace tsa::test {
namespace {

using Kind = CpuUser::Kind;

/// Of the version 2 hierarchy, with a puppet in it.
struct Member {
    explicit Member(const std::string& count, int cpu = test_cpu())
        : group("unified"), puppet("hogs", {std::to_string(cpu), count}) {
        group.add(puppet.pid());
    }
    Cgroup group;
    Puppet puppet;
};

class Matrix : public testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_cgroup("unified"));
    }

    void start() {
        ProbeOptions options;
        options.neighbors = true;
        observer_ = std::make_unique<Observer>(options);
        observer_->mark();
        auto opened = MatrixReader::open(observer_->probe());
        ASSERT_TRUE(opened.ok()) << opened.error().text();
        reader_ = std::move(opened).value();
        // What began before has no beginning.
        let_pass(std::chrono::milliseconds(200));
        reader_->read(reading_);
        observer_->mark();
    }
    /// Until that thread has waited for a CPU for as long; its waits that ended
    /// meanwhile.
    std::uint64_t observe(std::uint32_t tid, std::uint64_t wait_ns) {
        const std::uint64_t before_ns = closed_ns(tid);
        EXPECT_TRUE(await([&] {
            observer_->mark();
            return closed_ns(tid) >= before_ns + wait_ns;
        }));
        reader_->read(reading_);
        return closed_ns(tid) - before_ns;
    }
    std::uint64_t closed_ns(std::uint32_t tid) { return observer_->thread(tid)->ns[index(ThreadState::cpu_wait)]; }
    [[nodiscard]] double charged(const Cgroup& victim, CpuUser culprit) const {
        double sum = 0;
        for (const MatrixCharge& charge : reading_.charges) {
            if (charge.victim == CpuUser{Kind::cgroup, victim.id()} && charge.culprit == culprit) {
                sum += static_cast<double>(charge.ns);
            }
        }
        return sum;
    }
    [[nodiscard]] double charged(const Cgroup& victim, const Cgroup& culprit) const {
        return charged(victim, CpuUser{Kind::cgroup, culprit.id()});
    }
    [[nodiscard]] double all_of(const Cgroup& victim) const {
        double sum = 0;
        for (const MatrixCharge& charge : reading_.charges) {
            sum += charge.victim == CpuUser{Kind::cgroup, victim.id()} ? static_cast<double>(charge.ns) : 0;
        }
        return sum;
    }
    [[nodiscard]] std::string describe(const Cgroup& victim) const {
        std::string words;
        for (const MatrixCharge& charge : reading_.charges) {
            if (charge.victim == CpuUser{Kind::cgroup, victim.id()}) {
                words += "kind " + std::to_string(static_cast<int>(charge.culprit.kind)) + " cgroup " +
                         std::to_string(charge.culprit.cgroup_id) + ": " + std::to_string(charge.ns) + " ns; ";
            }
        }
        return words;
    }

    std::unique_ptr<Observer> observer_;
    std::unique_ptr<MatrixReader> reader_;
    MatrixReading reading_;
};

TEST_F(Matrix, two_hogs_beside_a_thread_take_its_cpu_in_equal_parts_and_all_of_its_wait) {
    const Member victim("1"), first("1"), second("1");
    start();
    const auto waited = static_cast<double>(observe(victim.puppet.tid("hog0"), 3'000'000'000));
    const double by_first = charged(victim.group, first.group);
    const double by_second = charged(victim.group, second.group);
    EXPECT_NEAR(by_first / (by_first + by_second), 0.5, 0.05) << describe(victim.group);
    // Other programs may run there as well: they are charged, too.
    EXPECT_NEAR(all_of(victim.group), waited, 0.02 * waited) << describe(victim.group);
    EXPECT_GE(by_first + by_second, 0.2 * waited) << describe(victim.group);
    EXPECT_LE(charged(victim.group, {Kind::unknown, 0}), 0.01 * waited) << describe(victim.group);
    EXPECT_EQ(charged(victim.group, {Kind::own_quota, 0}), 0.0);
    EXPECT_EQ(reading_.missed_ns, 0U);
}

TEST_F(Matrix, a_cgroup_waits_for_its_own_threads_too) {
    const Member crowd("3");
    start();
    const auto waited = static_cast<double>(observe(crowd.puppet.tid("hog0"), 1'000'000'000));
    // Three threads wait, each for the other two, and for what else runs there.
    EXPECT_NEAR(all_of(crowd.group), 3 * waited, 0.3 * waited) << describe(crowd.group);
    EXPECT_GE(charged(crowd.group, crowd.group), 0.6 * waited) << describe(crowd.group);
}

TEST_F(Matrix, a_wait_during_many_switches_is_charged_whole) {
    const Member victim("1");
    Cgroup pairs("unified");
    Puppet pair("wakers", {std::to_string(test_cpu())});
    pairs.add(pair.pid());
    ASSERT_EQ(pair.ask("open pipe"), "open");
    for (const char* name : {"ping", "pong"}) {
        cpu_set_t cpus;
        CPU_ZERO(&cpus);
        CPU_SET(static_cast<std::size_t>(test_cpu()), &cpus);
        ASSERT_EQ(::sched_setaffinity(static_cast<pid_t>(pair.tid(name)), sizeof(cpus), &cpus), 0);
    }
    start();
    const std::uint32_t tid = victim.puppet.tid("hog0");
    const std::uint64_t before_ns = closed_ns(tid);
    ASSERT_TRUE(await([&] {
        EXPECT_EQ(pair.ask("go 5000"), "done");
        observer_->mark();
        return closed_ns(tid) >= before_ns + 300'000'000;
    }));
    reader_->read(reading_);
    const auto waited = static_cast<double>(closed_ns(tid) - before_ns);
    EXPECT_NEAR(all_of(victim.group), waited, 0.02 * waited) << describe(victim.group);
    EXPECT_GE(charged(victim.group, pairs), 0.2 * waited) << describe(victim.group);
}

TEST_F(Matrix, a_wait_for_the_own_quota_has_no_culprit) {
    TSA_REQUIRE(missing_cgroup("cpu"));
    const Member victim("1");
    Cgroup quota("cpu");
    quota.limit_cpu(5);
    quota.add(victim.puppet.pid());
    start();
    const std::uint32_t tid = victim.puppet.tid("hog0");
    const auto part_before = observer_->thread(tid)->part_ns[Part::throttled];
    const auto waited = static_cast<double>(observe(tid, 2'000'000'000));
    const auto throttled = static_cast<double>(observer_->thread(tid)->part_ns[Part::throttled] - part_before);
    EXPECT_GE(throttled, 0.8 * waited) << "the load of this test";
    // If the quota's cgroup is of version 2, the thread has moved there.
    const Cgroup& group = quota.v2() ? quota : victim.group;
    EXPECT_NEAR(charged(group, {Kind::own_quota, 0}), throttled, 0.02 * waited) << describe(group);
    EXPECT_NEAR(all_of(group), waited, 0.02 * waited) << describe(group);
}

TEST_F(Matrix, without_neighbors_the_probes_have_no_matrix) {
    Observer observer;
    EXPECT_FALSE(MatrixReader::open(observer.probe()).ok());
}

TEST_F(Matrix, a_wait_is_in_one_reading_and_never_more_than_once) {
    const Member victim("1"), hog("1");
    start();
    const std::uint32_t tid = victim.puppet.tid("hog0");
    const std::uint64_t before_ns = closed_ns(tid);
    double sum = 0;
    for (int reading = 0; reading < 20; ++reading) {
        observe(tid, 30'000'000);
        sum += all_of(victim.group);
    }
    const auto waited = static_cast<double>(closed_ns(tid) - before_ns);
    EXPECT_NEAR(sum, waited, 0.02 * waited + 5e6);
}

}  // namespace
}  // namespace tsa::test
