// SPDX-License-Identifier: MIT
// The order of intervals from their times alone, and where the wall clock was set.
#include "record/interval_order.h"

#include <gtest/gtest.h>

#include "record/clock_jumps.h"

namespace tsa {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kUnix = 1'795'000'000 * kSecond;

/// One second that ended at `now_s` after a boot, on a machine that booted `boot_s` after kUnix.
IntervalTime second(std::uint64_t now_s, std::uint64_t boot_s = 0) {
    return {kUnix + (boot_s + now_s) * kSecond, now_s * kSecond, kSecond};
}

std::vector<std::size_t> indexes(const IntervalOrder& order) {
    std::vector<std::size_t> out;
    for (const IntervalOrder::Place& place : order.places) {
        out.push_back(place.interval);
    }
    return out;
}

using Indexes = std::vector<std::size_t>;

TEST(IntervalOrder, a_recording_as_it_was_written_stays_as_it_is) {
    const std::vector<IntervalTime> times{second(10), second(11), second(15)};
    const IntervalOrder order = order_intervals(times);
    EXPECT_EQ(indexes(order), (Indexes{0, 1, 2}));
    EXPECT_EQ(order.copies + order.overlapping, 0U);
    EXPECT_FALSE(order.sorted);
}

TEST(IntervalOrder, is_that_of_the_monotonic_clock_within_one_boot) {
    const IntervalOrder order = order_intervals(std::vector{second(12), second(10), second(11)});
    EXPECT_EQ(indexes(order), (Indexes{1, 2, 0}));
    EXPECT_TRUE(order.sorted);
}

TEST(IntervalOrder, of_boots_is_that_of_the_wall_clock) {
    const std::vector<IntervalTime> times{second(500), second(501), second(10, 5000), second(11, 5000)};
    const IntervalOrder order = order_intervals(times);
    EXPECT_EQ(indexes(order), (Indexes{0, 1, 2, 3}));
    EXPECT_EQ(order.places[1].clock, 0U);
    EXPECT_EQ(order.places[2].clock, 1U);
    const std::vector<IntervalTime> swapped{second(500, 9000), second(501, 9000), second(10), second(11)};
    EXPECT_EQ(indexes(order_intervals(swapped)), (Indexes{2, 3, 0, 1}));
}

TEST(IntervalOrder, a_clock_that_was_set_back_does_not_change_it) {
    std::vector<IntervalTime> times{second(10), second(11), second(12), second(13)};
    times[2].time_unix_ns -= 3600 * kSecond;
    times[3].time_unix_ns -= 3600 * kSecond;
    const IntervalOrder order = order_intervals(times);
    EXPECT_EQ(indexes(order), (Indexes{0, 1, 2, 3}));
    EXPECT_EQ(order.places[3].clock, 0U);
}

TEST(IntervalOrder, leaves_out_copies_and_what_overlaps) {
    const IntervalTime half{kUnix + 10 * kSecond + kSecond / 2, 10 * kSecond + kSecond / 2, kSecond};
    const IntervalOrder order = order_intervals(std::vector{second(10), second(11), second(10), half});
    EXPECT_EQ(indexes(order), (Indexes{0, 1}));
    EXPECT_EQ(order.copies, 1U);
    EXPECT_EQ(order.overlapping, 1U);
}

TEST(IntervalOrder, by_the_wall_clock_alone_is_changed_only_if_more_intervals_follow_on_each_other) {
    std::vector<IntervalTime> times{second(10), second(11), second(12), second(13)};
    for (IntervalTime& time : times) {
        time.now_ns = 0;
    }
    EXPECT_EQ(indexes(order_by_wall_clock(std::vector{times[3], times[2], times[1], times[0]})), (Indexes{3, 2, 1, 0}));
    times[2].time_unix_ns -= 3600 * kSecond;
    times[3].time_unix_ns -= 3600 * kSecond;
    EXPECT_EQ(indexes(order_by_wall_clock(times)), (Indexes{0, 1, 2, 3})) << "it was set";
}

Timeline timeline_of(const std::vector<IntervalTime>& times) {
    Timeline timeline;
    for (const IntervalTime& time : times) {
        TimeSlice& slice = timeline.emplace_back();
        slice.time_unix_ns = time.time_unix_ns;
        slice.now_ns = time.now_ns;
        slice.interval_ns = time.interval_ns;
        slice.uptime_s = static_cast<double>(time.now_ns) / 1e9;
    }
    return timeline;
}

TEST(ClockJumps, set_back_the_times_before_are_given_by_the_new_clock) {
    Timeline timeline = timeline_of({second(10), second(11), second(12, -3600ULL), second(13, -3600ULL)});
    straighten_clock(timeline, std::vector<bool>(4, true));
    EXPECT_EQ(timeline[2].clock_jump_ns, -3600 * static_cast<std::int64_t>(kSecond));
    EXPECT_EQ(timeline[3].clock_jump_ns, 0);
    for (std::size_t at = 0; at < 4; ++at) {
        EXPECT_EQ(timeline[at].time_unix_ns, kUnix + (10 + at - 3600) * kSecond);
        EXPECT_EQ(timeline[at].unix_shift_ns, at < 2 ? -3600 * static_cast<std::int64_t>(kSecond) : 0);
    }
}

TEST(ClockJumps, set_ahead_each_time_is_what_the_clock_showed) {
    Timeline timeline = timeline_of({second(10), second(11, 3600), second(12, 3600)});
    straighten_clock(timeline, std::vector<bool>(3, true));
    EXPECT_EQ(timeline[1].clock_jump_ns, 3600 * static_cast<std::int64_t>(kSecond));
    EXPECT_FALSE(timeline[1].suspended);
    EXPECT_EQ(timeline[0].time_unix_ns, second(10).time_unix_ns);
}

TEST(ClockJumps, a_suspended_machine_is_no_clock_that_was_set) {
    Timeline timeline = timeline_of({second(10), second(11, 3600), second(12, 3600)});
    timeline[1].uptime_s = 3611;
    timeline[2].uptime_s = 3612;
    straighten_clock(timeline, std::vector<bool>(3, true));
    EXPECT_TRUE(timeline[1].suspended);
    EXPECT_EQ(timeline[2].clock_jump_ns, 0);
}

TEST(ClockJumps, slewing_and_late_readings_are_not_jumps_and_time_never_goes_back) {
    std::vector<IntervalTime> times{second(10), second(11), second(12)};
    times[1].time_unix_ns += 80'000'000;
    times[2].time_unix_ns -= 80'000'000;
    times[2].now_ns = times[1].now_ns + 1'000'000;
    times[2].interval_ns = 1'000'000;
    times[2].time_unix_ns = times[1].time_unix_ns - 20'000'000;
    Timeline timeline = timeline_of(times);
    straighten_clock(timeline, std::vector<bool>(3, true));
    EXPECT_EQ(timeline[1].clock_jump_ns, 0);
    EXPECT_EQ(timeline[2].clock_jump_ns, 0);
    EXPECT_LE(timeline[1].time_unix_ns, timeline[2].time_unix_ns);
}

TEST(ClockJumps, the_largest_times_do_not_overflow) {
    constexpr std::uint64_t kMost = (std::uint64_t{1} << 62) - 1;
    Timeline timeline = timeline_of({{kMost, 1, 1}, {0, kMost, 1}, {kMost, kMost, 1}, {0, kMost, 0}, {5, kMost, 0}});
    straighten_clock(timeline, std::vector<bool>(5, true));
    for (std::size_t at = 1; at < timeline.size(); ++at) {
        EXPECT_LE(timeline[at - 1].time_unix_ns, timeline[at].time_unix_ns);
    }
}

}  // namespace
}  // namespace tsa
