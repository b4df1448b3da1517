// SPDX-License-Identifier: MIT
// The last minutes of watched threads: nothing is lost in the slots, and both bounds hold.
#include "model/history.h"

#include <gtest/gtest.h>

#include <numeric>

#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::kIntervalNs;
using test::kMs;
using test::kNowNs;
using test::World;

double sum(const PerState<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(History, an_interval_is_spread_over_the_slots_it_touches_and_nothing_is_lost) {
    World world;
    world.add({10, 10, "a", ThreadState::exec, {{ThreadState::exec, 300}}});
    world.history.watch({10, 1010});
    world.report.now_ns = kNowNs + 100 * kMs;  // not on a slot's edge: three slots are touched
    world.history.add(world.report);
    const WatchedThread* watched = world.history.find({10, 1010});
    ASSERT_NE(watched, nullptr);
    const std::uint64_t from = kNowNs - 10 * kHistorySlotNs;
    const PerState<double> all = watched->between(from, kNowNs + kHistorySlotNs);
    EXPECT_NEAR(all[index(ThreadState::exec)], 300.0 * kMs, 100);
    EXPECT_NEAR(sum(all), static_cast<double>(kIntervalNs), 100);
    EXPECT_NEAR(sum(watched->between(kNowNs, kNowNs + kHistorySlotNs)), 100.0 * kMs, 100);
    EXPECT_NEAR(sum(watched->between(kNowNs - kHistorySlotNs, kNowNs)), 250.0 * kMs, 100);
}

TEST(History, four_minutes_later_the_old_slots_are_gone) {
    World world;
    world.add({10, 10, "a", ThreadState::exec, {{ThreadState::exec, 500}}});
    world.history.watch({10, 1010});
    world.history.add(world.report);
    world.report.now_ns = kNowNs + kHistorySlots * kHistorySlotNs;
    world.history.add(world.report);
    const WatchedThread* watched = world.history.find({10, 1010});
    EXPECT_EQ(sum(watched->between(kNowNs - kIntervalNs, kNowNs)), 0);
    EXPECT_GT(sum(watched->between(kNowNs, world.report.now_ns)), 0);
}

TEST(History, a_reused_tid_is_another_thread) {
    World world;
    world.add({10, 10, "old", ThreadState::exec, {}});
    world.history.watch({10, 1010});
    world.history.add(world.report);
    world.thread(10).start_time_ns = 77;
    world.report.now_ns += kIntervalNs;
    world.history.add(world.report);
    EXPECT_EQ(world.history.find({10, 77}), nullptr);
    EXPECT_TRUE(world.history.find({10, 1010})->missing);
    EXPECT_EQ(world.history.find({10, 1010})->now_ns, kNowNs);
}

TEST(History, the_final_record_of_a_thread_that_ended_stays) {
    World world;
    world.add({10, 10, "a", ThreadState::exec, {{ThreadState::exec, 400}}});
    world.history.watch({10, 1010});
    world.end(10);
    world.history.add(world.report);
    world.report.exited.clear();
    world.report.now_ns += kIntervalNs;
    world.history.add(world.report);
    const WatchedThread* watched = world.history.find({10, 1010});
    EXPECT_TRUE(watched->ended);
    EXPECT_FALSE(watched->missing);
    EXPECT_EQ(watched->last.ns[index(ThreadState::exec)], 4000 * kMs);
}

TEST(History, totals_of_a_thread_that_ended_stop_at_its_exit) {
    World world;
    world.add({10, 10, "a", ThreadState::zombie, {{ThreadState::exec, 400}}}).since_ns = kNowNs - 100 * kMs;
    world.history.watch({10, 1010});
    world.end(10);
    world.report.exited.front().exit_time_unix_ns = world.report.time_unix_ns - 100 * kMs;
    world.history.add(world.report);
    const WatchedThread* watched = world.history.find({10, 1010});
    EXPECT_EQ(watched->now_ns, kNowNs);
    EXPECT_EQ(watched->until_ns, kNowNs - 100 * kMs);
    EXPECT_EQ(state_total_ns(watched->last, ThreadState::zombie, watched->until_ns), 0U);
}

TEST(History, the_thread_asked_for_longest_ago_makes_room) {
    History history;
    for (std::uint32_t tid = 1; tid <= kMaxWatched; ++tid) {
        history.watch({tid, 1});
    }
    history.watch({1, 1});  // asked for again: now the newest
    history.watch({5000, 1});
    EXPECT_EQ(history.size(), kMaxWatched);
    EXPECT_NE(history.find({1, 1}), nullptr);
    EXPECT_EQ(history.find({2, 1}), nullptr);
    EXPECT_NE(history.find({5000, 1}), nullptr);
}

TEST(History, a_report_is_taken_up_once_however_often_it_is_offered_to_a_new_watch) {
    World world;
    world.add({10, 10, "a", ThreadState::exec, {{ThreadState::exec, 400}}});
    world.history.watch({10, 1010});
    world.history.add(world.report, {10, 1010});
    world.history.add(world.report, {10, 1010});
    EXPECT_NEAR(sum(world.history.find({10, 1010})->between(0 + kNowNs - kIntervalNs, kNowNs)),
                static_cast<double>(kIntervalNs), 100);
}

}  // namespace
}  // namespace tsa
