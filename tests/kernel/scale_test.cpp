// SPDX-License-Identifier: MIT
// Many threads: 10,000 at once, more than there are slots, and kernel threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "observer.h"
#include "sched/zombie_census.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

std::uint64_t count_in(const Observer& observer, std::uint32_t tgid, ThreadState state) {
    std::uint64_t count = 0;
    for (const ThreadRow& row : observer.last().threads) {
        if (row.now->tgid == tgid && row.state_ns[index(state)] == row.wall_ns) {
            ++count;
        }
    }
    return count;
}

/// Fewer slots than threads once a crowd is running.
ProbeOptions few_slots() {
    ProbeOptions options;
    options.max_threads = 64;
    return options;
}

void expect_crowd(Observer& observer, const Puppet& crowd, std::uint64_t threads) {
    const auto tgid = static_cast<std::uint32_t>(crowd.pid());
    observer.mark();
    let_pass(std::chrono::milliseconds(50));
    const Report& report = observer.report();
    EXPECT_EQ(count_in(observer, tgid, ThreadState::idle), threads);
    const ProcessRow* process = observer.process(tgid);
    ASSERT_NE(process, nullptr);
    EXPECT_EQ(process->threads, threads + 1);
    EXPECT_EQ(process->wall_ns, (threads + 1) * report.interval_ns);
    EXPECT_EQ(observer.sample().health.threads_without_slot, 0U);
    EXPECT_EQ(observer.sample().health.torn_reads, 0U);
}

TEST(Scale, ten_thousand_sleeping_threads_are_all_idle_all_the_time) {
    TSA_REQUIRE(missing_bpf());
    constexpr std::uint64_t kThreads = 10'000;
    Puppet crowd("crowd", {std::to_string(kThreads)});
    TSA_REQUIRE(crowd.missing());
    // The default number of slots depends on the machine's threads.
    Observer observer;
    EXPECT_GE(observer.probe().slots(), 4 * kThreads);
    expect_crowd(observer, crowd, kThreads);
}

TEST(Scale, thousands_of_threads_born_under_the_probe_are_all_seen) {
    TSA_REQUIRE(missing_bpf());
    constexpr std::uint64_t kThreads = 3'000;
    Observer observer;
    Puppet crowd("crowd", {std::to_string(kThreads)});
    TSA_REQUIRE(crowd.missing());
    expect_crowd(observer, crowd, kThreads);
    crowd.kill();
    EXPECT_TRUE(await([&] {
        observer.report();
        for (const ThreadRow& row : observer.last().threads) {
            if (comm_of(*row.now) == "crowd") {
                return false;
            }
        }
        return true;
    })) << "all of them are gone";
    EXPECT_EQ(observer.sample().health.lost(), 0U);
}

TEST(Scale, threads_without_a_slot_are_counted_and_the_totals_still_hold_them) {
    TSA_REQUIRE(missing_bpf());
    constexpr std::uint64_t kThreads = 600;
    Puppet early("crowd", {std::to_string(kThreads / 2)});
    TSA_REQUIRE(early.missing());
    Observer observer(few_slots());
    Puppet late("crowd", {std::to_string(kThreads / 2)});
    TSA_REQUIRE(late.missing());
    Puppet hog("hogs", {std::to_string(test_cpu()), "1"});
    const std::uint32_t hog_tid = hog.tid("hog0");

    const std::uint64_t all_before = threads_of_machine();
    const std::uint64_t start_ns = schedstat(hog_tid)->exec_ns;
    observer.mark();
    ASSERT_TRUE(await([&] { return schedstat(hog_tid)->exec_ns > start_ns + 150'000'000; }));
    const Report& report = observer.report();
    const std::uint64_t all_after = threads_of_machine();

    const Health& health = observer.sample().health;
    EXPECT_GE(health.threads_without_slot, kThreads - 64);
    EXPECT_GT(health.slots_refused, 0U);
    EXPECT_GT(health.lost(), 0U) << "dropped data is counted";
    EXPECT_LE(report.threads.size(), 64U);
    EXPECT_EQ(observer.row(hog_tid), nullptr) << "the hog came last: it is untracked in this test";
    // Wall time of all threads = threads x interval, except for zombies and other threads that start and exit.
    const double threads = static_cast<double>(report.total_wall_ns) / static_cast<double>(report.interval_ns);
    EXPECT_GE(threads, 0.97 * static_cast<double>(std::min(all_before, all_after)));
    EXPECT_LE(threads, 1.03 * static_cast<double>(std::max(all_before, all_after)) + 10);
    EXPECT_GE(report.total_ns[index(ThreadState::exec)], 130'000'000U) << "the hog's time is in the totals";
    EXPECT_GE(report.total_ns[index(ThreadState::idle)], kThreads * report.interval_ns * 99 / 100);

    const std::uint64_t without_slot = health.threads_without_slot;
    late.kill();
    early.kill();
    EXPECT_TRUE(await([&] {
        observer.report();
        return observer.sample().health.threads_without_slot + kThreads / 2 < without_slot;
    })) << "the count is current";
    EXPECT_TRUE(await([&] {
        observer.report();
        return observer.sample().untracked.exits >= kThreads - 64;
    })) << "threads that ended without a row: "
        << observer.sample().untracked.exits;
}

TEST(Scale, zombies_without_a_slot_stay_counted_until_they_are_reaped) {
    TSA_REQUIRE(missing_bpf());
    Puppet crowd("crowd", {"100"});
    TSA_REQUIRE(crowd.missing());
    Observer observer(few_slots());
    Puppet zombies("zombies");
    TSA_REQUIRE(zombies.missing());
    observer.mark();
    // Over several census rounds, each of which must find them.
    constexpr std::uint64_t kRounds = 3;
    for (std::uint64_t i = 0; i < 2 * kRounds; ++i) {
        let_pass(std::chrono::milliseconds(kCensusEveryNs / 2 / 1'000'000));
        const Report& report = observer.report();
        ASSERT_EQ(observer.row(zombies.tid("child")), nullptr) << "came last: untracked";
        constexpr std::uint64_t kZombies = 2;  // the child and the leader
        EXPECT_GE(report.total_ns[index(ThreadState::zombie)], kZombies * report.interval_ns);
    }
}

TEST(Scale, each_end_without_a_slot_counts_once) {
    TSA_REQUIRE(missing_bpf());
    Puppet crowd("crowd", {"100"});
    TSA_REQUIRE(crowd.missing());
    Puppet lives("lives");
    TSA_REQUIRE(lives.missing());
    Observer observer(few_slots());
    const std::uint64_t ends_before = observer.sample().untracked.exits;
    const std::uint64_t births_before = births_of_machine();
    constexpr std::uint64_t kChildren = 1000;
    (void)lives.ask("forks " + std::to_string(kChildren) + " 10");
    // They are freed an RCU grace period after they were reaped.
    std::uint64_t ends = 0;
    EXPECT_TRUE(await([&] {
        observer.report();
        ends = observer.sample().untracked.exits - ends_before;
        return ends >= kChildren;
    })) << ends;
    EXPECT_LE(ends, births_of_machine() - births_before + 100) << "except for other exits in that time";
}

TEST(Scale, kernel_threads_that_sleep_are_idle) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    observer.mark();
    let_pass(std::chrono::milliseconds(50));
    observer.report();
    std::size_t kernel_threads = 0;
    for (const ThreadRow& row : observer.last().threads) {
        if (!row.now->kernel) {
            continue;
        }
        ++kernel_threads;
        const char letter = state_letter(row.now->tid);
        if (row.voluntary_switches() == 0 && (letter == 'S' || letter == 'I')) {
            EXPECT_EQ(row.state_ns[index(ThreadState::idle)], row.wall_ns) << describe(row);
        }
        EXPECT_EQ(row.state_ns[index(ThreadState::sleep)], 0U) << describe(row);
        EXPECT_EQ(row.now->rss_bytes, 0U) << describe(row);
    }
    EXPECT_GE(kernel_threads, 10U);
    const Thread* kthreadd = observer.thread(2);
    ASSERT_NE(kthreadd, nullptr);
    EXPECT_TRUE(kthreadd->kernel);
    EXPECT_EQ(comm_of(*kthreadd), "kthreadd");
    EXPECT_EQ(observer.thread(0), nullptr) << "the idle task is not a thread";
}

TEST(Scale, every_thread_of_the_machine_is_listed_once) {
    TSA_REQUIRE(missing_bpf());
    Puppet waits("waits");
    Observer observer;
    observer.mark();
    std::map<std::uint32_t, int> seen;
    for (const Thread& thread : observer.sample().threads) {
        if (thread.life != 0) {
            EXPECT_EQ(++seen[thread.tid], 1) << "tid " << thread.tid;
        }
    }
    for (const std::uint32_t tid : threads_of(static_cast<std::uint32_t>(waits.pid()))) {
        EXPECT_EQ(seen.count(tid), 1U) << "tid " << tid;
    }
}

}  // namespace
}  // namespace tsa::test
