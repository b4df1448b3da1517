// SPDX-License-Identifier: MIT
// Top lists and stuck threads: order, ties, what is left out, what was not measured, and the sum of the full list.
#include "model/top.h"
#include "model/sample.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>

#include "unit/allocations.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using testing::AllocationCount;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::LiteralReport;

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kSecond = 1'000'000'000;

/// Processes with what each used; the leader's TID is the process ID.
class Processes {
  public:
    Report report;

    Processes() { report.interval_ns = kSecond; }

    ProcessRow& add(std::uint32_t tgid, std::uint64_t exec_ns = 0) {
        Thread& leader = leaders_.emplace_back();
        leader.tid = leader.tgid = tgid;
        ProcessRow& process = report.processes.emplace_back();
        process.tgid = tgid;
        process.leader = &leader;
        process.state_ns[index(ThreadState::exec)] = exec_ns;
        return process;
    }

  private:
    std::deque<Thread> leaders_;
};

std::vector<std::uint32_t> tgids(std::span<const TopProcess> list) {
    std::vector<std::uint32_t> result;
    std::ranges::transform(list, std::back_inserter(result), [](const TopProcess& top) { return top.row->tgid; });
    return result;
}

std::vector<std::uint32_t> tids(std::span<const StuckThread> list) {
    std::vector<std::uint32_t> result;
    std::ranges::transform(list, std::back_inserter(result), [](const StuckThread& one) { return one.row->now->tid; });
    return result;
}

TEST(TopLists, the_largest_come_first_and_equals_keep_the_order_of_their_numbers) {
    Processes machine;
    for (const std::uint32_t tgid : {5U, 3U, 9U, 7U, 1U}) {
        machine.add(tgid, tgid == 7 ? 100 : tgid == 1 ? 300 : 200);
    }
    TopLists top;
    top.find(machine.report, 4);
    EXPECT_THAT(tgids(top.by(TopBy::cpu)), ElementsAre(1, 3, 5, 9));
    top.find(machine.report, 1000);
    EXPECT_THAT(tgids(top.by(TopBy::cpu)), ElementsAre(1, 3, 5, 9, 7));
}

TEST(TopLists, who_used_nothing_is_in_no_list) {
    Processes machine;
    machine.add(1);
    machine.add(2).rss_bytes = 10;
    machine.add(3).read_bytes = 4;
    machine.report.processes.back().write_bytes = 3;
    machine.add(4).state_ns[index(ThreadState::lock_wait)] = 6;
    machine.add(5).state_ns[index(ThreadState::sleep)] = 6;
    TopLists top;
    top.find(machine.report, 5);
    EXPECT_THAT(top.by(TopBy::cpu), IsEmpty());
    EXPECT_THAT(tgids(top.by(TopBy::memory)), ElementsAre(2));
    EXPECT_THAT(tgids(top.by(TopBy::io)), ElementsAre(3));
    EXPECT_EQ(top.by(TopBy::io)[0].value, 7U);
    EXPECT_THAT(tgids(top.by(TopBy::wait)), ElementsAre(4));
}

TEST(TopLists, what_was_not_measured_is_not_counted_whatever_stands_there) {
    Processes machine;
    ProcessRow& process = machine.add(1, 50);
    process.read_bytes = 9;
    process.state_ns[index(ThreadState::cpu_wait)] = 5;
    process.state_ns[index(ThreadState::io_wait)] = 1000;
    process.measured = measured_bit(ThreadState::exec) | measured_bit(ThreadState::cpu_wait);
    TopLists top;
    top.find(machine.report, 5);
    EXPECT_EQ(top.by(TopBy::wait)[0].value, 5U);
    EXPECT_THAT(top.by(TopBy::io), IsEmpty());
    process.measured = 0;
    top.find(machine.report, 5);
    EXPECT_THAT(top.by(TopBy::cpu), IsEmpty());
}

TEST(TopLists, the_full_list_adds_up_to_what_all_threads_executed) {
    // Through the builder: three processes, one with two threads and one that ended inside.
    Sample before, now;
    before.now_ns = kSecond;
    now.now_ns = 2 * kSecond;
    for (std::uint32_t i = 0; i < 4; ++i) {
        Thread thread;
        thread.life = 1;
        thread.tid = 10 + i;
        thread.tgid = i == 1 ? 10 : thread.tid;
        thread.state = ThreadState::idle;
        thread.since_ns = kSecond / 2;
        before.threads.push_back(thread);
        before.versions.push_back(2);
        thread.since_ns = kSecond + (i + 1) * 100 * kMs;
        thread.ns[index(ThreadState::exec)] = (i + 1) * 50 * kMs;
        if (i == 3) {
            now.threads.emplace_back();  // ended: its place is free
            now.exited.push_back({3, thread.since_ns, thread});
        } else {
            now.threads.push_back(thread);
        }
        now.versions.push_back(4);
    }
    ReportBuilder builder;
    Report report;
    builder.build(before, now, {}, report);
    TopLists top;
    top.find(report, kMaxTop);
    std::uint64_t sum = 0;
    for (const TopProcess& process : top.by(TopBy::cpu)) {
        sum += process.value;
    }
    EXPECT_EQ(top.by(TopBy::cpu).size(), 3U);
    EXPECT_EQ(sum, 500 * kMs);
    EXPECT_EQ(sum, report.total_ns[index(ThreadState::exec)]);
}

class StuckThreads : public ::testing::Test {
  protected:
    Thread& add(std::uint32_t tid, ThreadState state, std::uint64_t age_ns) {
        Thread& thread = literal_.add(tid, "thread");
        thread.state = state;
        thread.since_ns = literal_.report.now_ns - age_ns;
        literal_.report.threads.back().state_ns = {};
        literal_.report.threads.back().state_ns[index(state)] = 1;
        return thread;
    }
    const TopLists& find(std::size_t wanted = 5) {
        top_.find(literal_.report, wanted);
        return top_;
    }

    LiteralReport literal_;
    TopLists top_;
};

TEST_F(StuckThreads, any_other_d_sleep_counts_at_once_and_usual_ones_after_a_second) {
    add(1, ThreadState::uninterruptible, 1);
    add(2, ThreadState::io_wait, kSecond - 1);
    add(3, ThreadState::io_wait, kSecond);
    add(4, ThreadState::swap_wait, 3 * kSecond);
    add(5, ThreadState::mem_wait, 2 * kSecond);
    add(6, ThreadState::lock_wait, 9 * kSecond);
    add(7, ThreadState::lock_wait, 8 * kSecond).wait.kernel_lock = true;
    add(8, ThreadState::sleep, 9 * kSecond);
    EXPECT_THAT(tids(find().stuck()), ElementsAre(7, 4, 5, 3, 1));
    EXPECT_EQ(top_.stuck_count(), 5U);
    EXPECT_THAT(tids(find(2).stuck()), ElementsAre(7, 4));
    EXPECT_EQ(top_.stuck_count(), 5U);
}

TEST_F(StuckThreads, a_zombie_counts_once_it_is_older_than_the_time_that_reaping_takes) {
    add(1, ThreadState::zombie, kZombieFromNs - 1);
    add(2, ThreadState::zombie, kZombieFromNs);
    add(3, ThreadState::zombie, kSecond).since_is_upper_bound = true;
    EXPECT_THAT(tids(find().zombies()), ElementsAre(3, 2));
    EXPECT_EQ(top_.zombie_count(), 2U);
    EXPECT_EQ(top_.zombies()[0].age_ns, kSecond);
    EXPECT_TRUE(top_.zombies()[0].at_least);
    EXPECT_FALSE(top_.zombies()[1].at_least);
}

TEST_F(StuckThreads, an_age_that_the_source_does_not_know_is_absent) {
    add(1, ThreadState::uninterruptible, kSecond).measured = kMeasuredStates;
    add(2, ThreadState::zombie, kSecond).measured = kMeasuredStates;
    add(3, ThreadState::io_wait, kSecond).measured = kMeasuredStates;
    EXPECT_THAT(tids(find().stuck()), ElementsAre(1));
    EXPECT_FALSE(top_.stuck()[0].age_ns);
    EXPECT_THAT(tids(top_.zombies()), ElementsAre(2));
}

TEST_F(StuckThreads, they_are_found_before_there_was_an_interval) {
    add(1, ThreadState::uninterruptible, kSecond);
    literal_.report.threads[0].state_ns = {};
    literal_.report.threads[0].wall_ns = 0;
    EXPECT_THAT(tids(find().stuck()), ElementsAre(1));
}

TEST(TopLists, a_steady_state_allocates_nothing) {
    Processes machine;
    for (std::uint32_t tgid = 1; tgid <= 2000; ++tgid) {
        machine.add(tgid, tgid * 7919 % 1000).rss_bytes = tgid;
    }
    TopLists top;
    top.find(machine.report, 5);
    const AllocationCount allocated;
    for (int round = 0; round < 10; ++round) {
        top.find(machine.report, 5);
    }
    EXPECT_EQ(allocated.so_far(), 0U);
}

}  // namespace
}  // namespace tsa
