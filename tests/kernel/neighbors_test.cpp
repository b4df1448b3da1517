// SPDX-License-Identifier: MIT
// Whose CPU time a thread waits for: the hogs on its CPU, in proportion, and never more than the wait.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "observer.h"
#include "sched/neighbors.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

#include "model/sample.h"

namespace tsa::test {
namespace {

std::unique_ptr<NeighborProbe> start_neighbors(Observer& observer) {
    auto started = NeighborProbe::start(observer.probe());
    if (!started.ok()) {
        throw std::runtime_error("the probes of neighbors do not start: " + started.error().text());
    }
    return std::move(started).value();
}

std::string describe(const CpuWaitBy& waits) {
    std::string words;
    for (const Neighbor& neighbor : waits.neighbors) {
        words += (neighbor.idle ? "idle" : std::to_string(neighbor.key.tid) + " " + std::string(neighbor.comm_view())) +
                 ": " + std::to_string(neighbor.total_ns) + " ns; ";
    }
    return words + "own quota " + std::to_string(waits.own_quota_ns) + ", uncharged " +
           std::to_string(waits.uncharged_ns);
}

std::uint64_t cpu_wait_ns(const Thread& thread) {
    return thread.ns[index(ThreadState::cpu_wait)];
}

/// What its slot says of the time in which a thread was watched, which ended between two readings.
struct Waited {
    std::uint64_t least_ns = 0, most_ns = 0;
};

/// Of a chosen thread, for a second of its waits.
CpuWaitBy observe(Observer& observer, std::uint32_t tid, Waited& waited) {
    const auto probe = start_neighbors(observer);
    observer.mark();
    const ThreadKey key = key_of(*observer.thread(tid));
    probe->choose({&key, 1}, observer.sample());
    observer.mark();
    const std::uint64_t before_ns = cpu_wait_ns(*observer.thread(tid));
    constexpr std::uint64_t kEnoughNs = 1'000'000'000;
    EXPECT_TRUE(await([&] {
        observer.mark();
        return cpu_wait_ns(*observer.thread(tid)) >= before_ns + kEnoughNs;
    }));
    waited.least_ns = cpu_wait_ns(*observer.thread(tid)) - before_ns;
    CpuWaitBy waits = probe->read().front();
    observer.mark();
    waited.most_ns = state_total_ns(*observer.thread(tid), ThreadState::cpu_wait, observer.sample().now_ns) - before_ns;
    return waits;
}

std::uint64_t by(const CpuWaitBy& waits, std::uint32_t tid) {
    const auto found = std::ranges::find_if(waits.neighbors, [&](const Neighbor& one) { return one.key.tid == tid; });
    return found != waits.neighbors.end() ? found->total_ns : 0;
}

TEST(Neighbors, two_hogs_beside_a_thread_take_its_cpu_in_equal_parts) {
    TSA_REQUIRE(missing_bpf());
    Puppet hogs("hogs", {"0", "3"});
    Observer observer;
    observer.mark();
    Waited waited;
    const CpuWaitBy waits = observe(observer, hogs.tid("hog0"), waited);
    const auto all = static_cast<double>(waits.total_ns() + waits.own_quota_ns + waits.uncharged_ns);
    // A wait that was open at the choice is charged from the next switch on.
    EXPECT_GE(all, 0.7 * static_cast<double>(waited.least_ns)) << describe(waits);
    EXPECT_LE(all, 1.02 * static_cast<double>(waited.most_ns)) << describe(waits);
    const auto first = static_cast<double>(by(waits, hogs.tid("hog1")));
    const auto second = static_cast<double>(by(waits, hogs.tid("hog2")));
    // Other programs may run there as well.
    EXPECT_GT(first, 0.0) << describe(waits);
    EXPECT_GE(std::min(first, second), 0.6 * std::max(first, second)) << describe(waits);
    EXPECT_EQ(by(waits, hogs.tid("hog0")), 0U) << "it does not wait for itself";
    EXPECT_EQ(waits.own_quota_ns, 0U);
    const auto split = split_neighbors(waits, static_cast<std::uint32_t>(hogs.pid()), "");
    EXPECT_EQ(split.own_process_ns,
              by(waits, hogs.tid("hog1")) + by(waits, hogs.tid("hog2")) + by(waits, hogs.tid("main")));
}

TEST(Neighbors, a_wait_for_the_own_quota_has_no_culprit) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_cgroup("cpu"));
    Cgroup group("cpu");
    group.limit_cpu(5);
    Puppet hogs("hogs", {"0", "1"});
    group.add(hogs.pid());
    Observer observer;
    observer.mark();
    Waited waited;
    const CpuWaitBy waits = observe(observer, hogs.tid("hog0"), waited);
    EXPECT_GE(static_cast<double>(waits.own_quota_ns), 0.5 * static_cast<double>(waited.least_ns)) << describe(waits);
}

TEST(Neighbors, a_thread_that_is_chosen_no_more_leaves_nothing) {
    TSA_REQUIRE(missing_bpf());
    Puppet hogs("hogs", {"0", "3"});
    Observer observer;
    observer.mark();
    const auto probe = start_neighbors(observer);
    const ThreadKey first = key_of(*observer.thread(hogs.tid("hog0")));
    const ThreadKey second = key_of(*observer.thread(hogs.tid("hog1")));
    probe->choose({&first, 1}, observer.sample());
    ASSERT_TRUE(await([&] { return probe->read().front().total_ns() > 50'000'000; }));
    probe->choose({&second, 1}, observer.sample());
    const std::vector<CpuWaitBy>& waits = probe->read();
    ASSERT_EQ(waits.size(), 1U);
    EXPECT_EQ(waits.front().key, second);
    EXPECT_EQ(by(waits.front(), second.tid), 0U) << describe(waits.front());
    probe->choose({}, observer.sample());
    EXPECT_TRUE(probe->read().empty());
}

}  // namespace
}  // namespace tsa::test
