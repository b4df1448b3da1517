// SPDX-License-Identifier: MIT
// The pace of a replay, and the moments that can be jumped to.
#include <gmock/gmock.h>

#include "tui/replay/time.h"
#include "unit/replay_fixture.h"

namespace tsa::test {
namespace {

using testing::HasSubstr;

TEST(ReplayPace, goes_at_its_speed_skips_what_is_over_and_stands_still_at_the_end) {
    Played world;
    ReplayState& replay = *world.state.replay;
    play_on(replay, 10 * kSecondNs);
    EXPECT_EQ(replay.at, 0U) << "it does not play yet";
    EXPECT_FALSE(next_due_ns(replay));
    world.type(" ");
    EXPECT_EQ(next_due_ns(replay), kSecondNs);
    play_on(replay, 400 * kMs);
    EXPECT_EQ(replay.at, 0U);
    EXPECT_EQ(next_due_ns(replay), 600 * kMs);
    play_on(replay, 600 * kMs);
    EXPECT_EQ(replay.at, 1U);
    replay.speed = 64;
    play_on(replay, kSecondNs);
    EXPECT_EQ(replay.at, 65U);
    replay.speed = 0.25;
    play_on(replay, kSecondNs);
    EXPECT_EQ(replay.at, 65U);
    EXPECT_EQ(next_due_ns(replay), 3 * kSecondNs);
    replay.speed = 1000;
    play_on(replay, kSecondNs);
    EXPECT_EQ(replay.at, 599U);
    EXPECT_FALSE(replay.playing);
    EXPECT_FALSE(next_due_ns(replay));
    world.type(" ");
    EXPECT_TRUE(replay.playing) << "from the beginning again";
    EXPECT_EQ(replay.at, 0U);
    world.press(Key::right);
    EXPECT_FALSE(replay.playing) << "who steps wants to look";
}

TEST(ReplayPace, gaps_are_not_waited_for) {
    Timeline gap;
    for (std::size_t at = 0; at < 4; ++at) {
        gap.push_back(slice(at < 2 ? at : at + 3600, 1, 0, 0));
    }
    Played world(gap);
    world.state.replay->playing = true;
    play_on(*world.state.replay, 2 * kSecondNs);
    EXPECT_EQ(world.at(), 2U);
}

Result<std::size_t> find(std::string_view text, const Timeline& timeline, std::size_t at = 100) {
    return find_moment(text, timeline, at, kOffsetS);
}

TEST(ReplayMoment, every_form_is_understood) {
    const Timeline timeline = ten_minutes();
    const std::pair<const char*, std::size_t> wanted[] = {{"14:05", 0},
                                                          {"14:06", 59},
                                                          {"14:06:00", 59},
                                                          {"14:06:01", 60},
                                                          {" 14:06:01 ", 60},
                                                          {"14:06:00.5", 60},
                                                          {"14:14:59", 598},
                                                          {"14:15:00", 599},
                                                          {"2026-11-21 14:07", 119},
                                                          {"2026-11-21T14:07:03", 122},
                                                          {"2026-11-21", 0},
                                                          {"+30s", 130},
                                                          {"+30", 130},
                                                          {"-1m", 40},
                                                          {"+1m30s", 190},
                                                          {"+0.5m", 130},
                                                          {"-2h", 0},
                                                          {"+1d", 599},
                                                          {"+1500ms", 102},
                                                          {"- 5s", 95},
                                                          {"0%", 0},
                                                          {"50%", 299},
                                                          {"100%", 599},
                                                          {"12.5%", 74},
                                                          {"#1", 0},
                                                          {"#600", 599}};
    for (const auto& [text, at] : wanted) {
        const auto found = find(text, timeline);
        ASSERT_TRUE(found.ok()) << text << ": " << found.error().text();
        EXPECT_EQ(found.value(), at) << text;
    }
}

TEST(ReplayMoment, bad_input_says_what_is_understood) {
    const Timeline timeline = ten_minutes();
    for (const char* text : {"",
                             "  ",
                             "noon",
                             "14",
                             "24:00",
                             "14:60",
                             "14:05:61",
                             "14:05:",
                             ":05",
                             "14:5:x",
                             "2026-13-01",
                             "2026-02-30 14:05",
                             "2026-11-21 ",
                             "2026-11-21 14",
                             "+",
                             "-",
                             "+s",
                             "+5y",
                             "+5s6",
                             "+-5s",
                             "101%",
                             "-5%",
                             "%",
                             "#",
                             "#x",
                             "#1x",
                             "99999999999999999999",
                             "+1e9",
                             "14:05 pm"}) {
        if (std::string_view(text) == "2026-11-21 ") {
            continue;  // spaces at the ends are ignored
        }
        const auto found = find(text, timeline);
        ASSERT_FALSE(found.ok()) << text;
        EXPECT_THAT(found.error().text(), HasSubstr("is not a moment; hint: valid forms: 14:05, 14:05:30")) << text;
    }
}

TEST(ReplayMoment, outside_of_the_recording_its_ends_are_named) {
    const Timeline timeline = ten_minutes();
    for (const char* text : {"14:04", "14:15:01", "03:00", "2026-11-20 14:07", "2027-01-01"}) {
        const auto found = find(text, timeline);
        ASSERT_FALSE(found.ok()) << text;
        EXPECT_THAT(found.error().text(), HasSubstr("it covers 2026-11-21 14:05:00 to 2026-11-21 14:15:00")) << text;
    }
    EXPECT_THAT(find("#601", timeline).error().text(), HasSubstr("1 to 600"));
    EXPECT_THAT(find("#0", timeline).error().text(), HasSubstr("1 to 600"));
}

TEST(ReplayMoment, years_beyond_the_clock_are_not_in_the_recording) {
    const Timeline timeline = ten_minutes();
    for (const char* text : {"9999-12-31", "0000-01-01", "2300-01-01 14:05", "1969-12-31"}) {
        EXPECT_THAT(find(text, timeline).error().text(), HasSubstr("is not in the recording")) << text;
    }
    Timeline long_ago = timeline;
    for (TimeSlice& each : long_ago) {
        each.time_unix_ns -= kBeginUnixNs;  // a clock that starts in 1970
    }
    EXPECT_EQ(find("01:00:07", long_ago).value(), 6U);
}

TEST(ReplayMoment, an_hour_that_clocks_showed_twice_is_the_nearer_one) {
    const Timeline timeline = ten_minutes();
    UtcOffsets zone = 7200;  // until 15:10 there, which is 14:10
    ASSERT_TRUE(zone.change({kBeginUnixNs + 300 * kSecondNs, 3600}));
    const auto at = [&](std::string_view text, std::size_t from) { return find_moment(text, timeline, from, zone); };
    EXPECT_EQ(at("15:06", 0).value(), 59U);
    EXPECT_FALSE(at("15:11", 0).ok());
    EXPECT_EQ(at("14:11", 0).value(), 359U);
    EXPECT_FALSE(at("14:06", 0).ok()) << "clocks showed 15:06 then";
    EXPECT_THAT(at("03:00", 0).error().text(), HasSubstr("it covers 2026-11-21 15:05:00 to 2026-11-21 14:15:00"));
    EXPECT_EQ(time_words(kBeginUnixNs, zone, false), "15:05:00");
    EXPECT_EQ(time_words(kBeginUnixNs + 300 * kSecondNs, zone, false), "14:10:00");
}

TEST(ReplayMoment, of_several_days_a_time_of_day_is_the_nearest_one) {
    Timeline days;
    for (std::size_t hour = 0; hour < 72; ++hour) {
        TimeSlice each = slice(0, 1, 0, 0);
        each.interval_ns = 3600 * kSecondNs;
        each.now_ns = kNowNs + (hour + 1) * each.interval_ns;
        each.time_unix_ns = kBeginUnixNs + (hour + 1) * each.interval_ns;
        days.push_back(each);
    }
    // Begins 14:05; 15:00 of the first day is in the first interval.
    EXPECT_EQ(find("15:00", days, 2).value(), 0U);
    EXPECT_EQ(find("15:00", days, 30).value(), 24U);
    EXPECT_EQ(find("15:00", days, 71).value(), 48U);
    EXPECT_EQ(find("2026-11-22 15:00", days, 71).value(), 24U);
    EXPECT_TRUE(spans_days(days, kOffsetS));
}

}  // namespace
}  // namespace tsa::test
