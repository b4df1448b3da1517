// SPDX-License-Identifier: MIT
// The longest single waits of a Summary: one wait is one entry however often it is seen, and what is known of its end.
#include <gtest/gtest.h>

#include "summary/summary.h"
#include "unit/summary_machine.h"

namespace tsa {
namespace {

using testing::kBeginUnix;
using testing::kMs;
using testing::kSecond;
using testing::SummaryMachine;
using enum ThreadState;

TEST(WorstWaits, a_wait_that_goes_on_is_one_wait_that_grows) {
    SummaryMachine machine;
    machine.start(1, "reader");
    machine.begin();
    SummaryBuilder builder;
    machine.spend(1, {{exec, 400 * kMs}}, io_wait);
    builder.add(machine.step());
    builder.add(machine.step());
    builder.add(machine.step());
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.worst.size(), 1U);
    const WorstWait& wait = summary.worst.front();
    EXPECT_EQ(wait.state, io_wait);
    EXPECT_EQ(wait.at_least_ns, 2600 * kMs);
    EXPECT_EQ(wait.seen_unix_ns, kBeginUnix + 3 * kSecond);
    EXPECT_FALSE(wait.at_most_ns.has_value());
    EXPECT_FALSE(wait.began_unseen);
    EXPECT_EQ(wait.comm, "reader");
    EXPECT_EQ(wait.process, "reader");
}

TEST(WorstWaits, one_that_ended_took_at_most_what_the_next_interval_had_of_that_state) {
    SummaryMachine machine;
    machine.start(1, "reader");
    machine.begin();
    SummaryBuilder builder;
    machine.spend(1, {{exec, 400 * kMs}}, io_wait);
    builder.add(machine.step());
    machine.spend(1, {{io_wait, 250 * kMs}, {exec, 100 * kMs}, {io_wait, 50 * kMs}}, idle);
    builder.add(machine.step());
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.worst.size(), 1U);
    EXPECT_EQ(summary.worst.front().at_least_ns, 600 * kMs);
    ASSERT_TRUE(summary.worst.front().at_most_ns.has_value());
    EXPECT_EQ(*summary.worst.front().at_most_ns, 900 * kMs);
}

TEST(WorstWaits, the_end_of_a_thread_ends_its_wait) {
    SummaryMachine machine;
    machine.start(1, "reader");
    machine.begin();
    SummaryBuilder builder;
    machine.spend(1, {}, uninterruptible);
    builder.add(machine.step());
    machine.end(1, {{uninterruptible, 300 * kMs}});
    builder.add(machine.step());
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.worst.size(), 1U);
    EXPECT_EQ(summary.worst.front().at_most_ns, std::optional<std::uint64_t>(1300 * kMs));
}

TEST(WorstWaits, two_waits_of_one_thread_are_two) {
    SummaryMachine machine;
    machine.start(1, "reader");
    machine.begin();
    SummaryBuilder builder;
    machine.spend(1, {{exec, 100 * kMs}}, lock_wait);
    builder.add(machine.step());
    machine.spend(1, {{lock_wait, 100 * kMs}, {exec, 500 * kMs}}, lock_wait);
    builder.add(machine.step());
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.worst.size(), 2U);
    EXPECT_EQ(summary.worst[0].at_least_ns, 900 * kMs);
    // All lock time of that interval: the second wait's part of it cannot be distinguished from the first one's.
    EXPECT_EQ(summary.worst[0].at_most_ns, std::optional<std::uint64_t>(900 * kMs + 500 * kMs));
    EXPECT_EQ(summary.worst[1].at_least_ns, 400 * kMs);
    EXPECT_FALSE(summary.worst[1].at_most_ns.has_value());
}

TEST(WorstWaits, only_the_longest_are_kept_per_state) {
    SummaryMachine machine;
    for (std::uint32_t tid = 1; tid <= 100; ++tid) {
        machine.start(tid, "crowd");
    }
    machine.begin();
    SummaryBuilder builder;
    for (std::uint32_t tid = 1; tid <= 100; ++tid) {
        machine.spend(tid, {{exec, tid * kMs}}, tid % 2 == 0 ? lock_wait : io_wait);
    }
    builder.add(machine.step());
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.worst.size(), 2 * kMaxWorstWaits);
    EXPECT_EQ(summary.worst.front().state, io_wait);
    EXPECT_EQ(summary.worst.front().thread.tid, 1U);
    EXPECT_EQ(summary.worst[kMaxWorstWaits - 1].thread.tid, 19U);
    EXPECT_EQ(summary.worst[kMaxWorstWaits].thread.tid, 2U);
}

TEST(WorstWaits, sleep_and_idle_are_no_waits) {
    SummaryMachine machine;
    machine.start(1, "sleeper", sleep);
    machine.start(2, "idler", idle);
    machine.start(3, "stopped", stopped);
    machine.begin();
    SummaryBuilder builder;
    builder.add(machine.step());
    EXPECT_TRUE(builder.finish().worst.empty());
}

TEST(WorstWaits, the_owner_of_a_lock_has_its_name_and_a_seeded_wait_its_mark) {
    SummaryMachine machine;
    machine.start(1, "holder");
    machine.start(2, "waiter", lock_wait).wait.owner_tid = 1;
    machine.at(2).since_is_upper_bound = true;
    machine.begin();
    SummaryBuilder builder;
    builder.add(machine.step());
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.worst.size(), 1U);
    EXPECT_EQ(summary.worst.front().owner_tid, 1U);
    EXPECT_EQ(summary.worst.front().owner_comm, "holder");
    EXPECT_TRUE(summary.worst.front().began_unseen);
}

TEST(WorstWaits, an_age_that_was_not_measured_is_none) {
    SummaryMachine machine;
    machine.start(1, "reader", io_wait).measured = kMeasuredStates;
    machine.begin();
    SummaryBuilder builder;
    builder.add(machine.step());
    EXPECT_TRUE(builder.finish().worst.empty());
}

}  // namespace
}  // namespace tsa
