// SPDX-License-Identifier: MIT
// A replay's lines below the table, its strip, and its screens: on a recording that is written down in the fixture.
#include <gmock/gmock.h>

#include "tui/help/help.h"
#include "tui/overview.h"
#include "unit/golden.h"
#include "unit/replay_fixture.h"

namespace tsa::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ReplayGolden, overview_at_every_size) {
    for (const auto& [width, height] : {std::pair{40, 10}, {80, 24}, {132, 43}, {200, 50}}) {
        Played world;
        world.go(252);
        expect_golden(fmt::format("replay_{}x{}", width, height), world.shown(width, height));
    }
}

TEST(ReplayGolden, in_ascii_and_with_losses) {
    Played world;
    for (std::size_t at = 100; at < 110; ++at) {
        world.timeline[at].lost = true;
    }
    world.state.replay->any_lost = true;
    world.go(104);
    world.state.replay->playing = true;
    world.state.replay->speed = 8;
    expect_golden("replay_ascii_80x24", world.shown(80, 24, false));
    expect_golden("replay_ascii_132x50", world.shown(132, 50, false));
}

/// The convoy of the fixture, as a rule has seen it.
void capture_at(Played& world, std::size_t interval) {
    world.state.replay->moment = interval;
    world.state.replay->moment_words = "captured when lock_wait > 2 for 3s was true, at 14:09:14: lock_wait 6";
}

TEST(ReplayGolden, of_a_capture) {
    Played world;
    capture_at(world, 253);
    world.go(241);
    expect_golden("replay_capture_132x43", world.shown(132, 43));
    world.state.message = world.state.replay->moment_words;
    expect_golden("replay_capture_80x24", world.shown(80, 24));
}

TEST(ReplayGolden, one_thread) {
    Played world;
    world.go(252);
    world.history.watch({4178, 1000 + 4178});
    world.history.add(world.report);
    open_thread(world.state, {4178, 1000 + 4178}, 4121);
    world.detail.emplace();
    world.detail->key = world.state.thread.key;
    world.detail->waits.unavailable = "a recording holds the wait at the end of each interval, not the single waits";
    world.detail->stats_unavailable = "not recorded (record --taskstats)";
    expect_golden("replay_thread_80x24", world.shown(80, 24));
    expect_golden("replay_thread_132x43", world.shown(132, 43));
    world.state.pages = {&kThreadStatesPage};
    expect_golden("replay_states_132x43", world.shown(132, 43));
}

TEST(ReplayGolden, help_page_has_the_replay_first_and_nothing_that_it_cannot) {
    Played world;
    world.shown(132, 60);
    world.press(Key::f1);
    expect_golden("replay_help_132x104", world.shown(132, 104));
    std::string help;
    for (const HelpLine& line : help_lines(true)) {
        help += line.left + "  " + line.right + "\n";
    }
    for (const KeyBinding& binding : kReplayLayer.keys) {
        EXPECT_THAT(help, HasSubstr(std::string(binding.what)));
    }
    EXPECT_THAT(help, Not(HasSubstr("signal to the tagged")));
    EXPECT_THAT(help, Not(HasSubstr("nice")));
    EXPECT_THAT(help, HasSubstr("sort by"));
}

TEST(ReplayStrip, a_column_shows_its_worst_interval_and_gaps_show_as_gaps) {
    Timeline timeline;
    for (std::size_t at = 0; at < 1000; ++at) {
        timeline.push_back(slice(at < 500 ? at : at + 500, 1, at == 777 ? 5 : 0.1, 0));
    }
    timeline[3].lost = true;
    const Strip strip = make_strip(timeline, 100);
    EXPECT_EQ(strip.columns[column_of(timeline, 777, 100)].interval, 777U);
    EXPECT_TRUE(strip.columns[0].lost);
    EXPECT_FALSE(strip.columns[1].lost);
    EXPECT_EQ(strip.columns[45].interval, kNoInterval);
    EXPECT_EQ(interval_at(strip, 45),
              strip.columns[33].interval == kNoInterval ? strip.columns[66].interval : interval_at(strip, 45));
    EXPECT_LT(strip.full_threads, 6.01);
    EXPECT_GT(strip.full_threads, 4);
}

TEST(ReplayStrip, what_was_not_recorded_is_a_gap_that_says_so) {
    Timeline timeline = ten_minutes();
    for (std::size_t at = 250; at < 255; ++at) {
        timeline[at].missing = true;  // the worst ones, by the machine's numbers
    }
    Played world(timeline);
    const Strip strip = make_strip(timeline, timeline.size());
    for (std::size_t at = 248; at < 257; ++at) {
        EXPECT_EQ(strip.columns[at].interval, timeline[at].missing ? kNoInterval : at);
    }
    EXPECT_THAT(world.state.replay->bad,
                testing::Each(testing::Not(testing::AllOf(testing::Ge(250U), testing::Lt(255U)))));
    EXPECT_EQ(interval_at(strip, 251), 249U) << "the nearest one that was recorded";
    const auto last_line = [&](std::size_t at) {
        world.go(at);
        const Frame frame = world.shown(132, 43);
        return frame.line(frame.height() - 2);
    };
    EXPECT_THAT(last_line(252), testing::AllOf(HasSubstr("not recorded"), HasSubstr("delayed      -")));
    EXPECT_THAT(last_line(249), Not(HasSubstr("not recorded")));
    for (TimeSlice& each : timeline) {
        each.missing = true;
    }
    Played nothing(timeline);
    EXPECT_THAT(nothing.state.replay->bad, testing::IsEmpty());
    EXPECT_THAT(nothing.shown(132, 43).line(41), HasSubstr("not recorded"));
}

TEST(ReplayStrip, a_clock_that_was_set_has_a_mark_and_its_interval_says_by_how_much) {
    Timeline timeline = ten_minutes();
    EXPECT_FALSE(start_replay(timeline).any_clock_jump);
    timeline[300].clock_jump_ns = -7200 * static_cast<std::int64_t>(kSecondNs);
    timeline[400].clock_jump_ns = 600 * static_cast<std::int64_t>(kSecondNs);
    timeline[400].suspended = true;
    timeline[400].missing = true;
    Played world(timeline);
    const auto with_marks = [&](int width, int height, bool unicode) {
        const Frame frame = world.shown(width, height, unicode);
        return frame.line(replay_layout(world.state, width, height).marks_y);
    };
    const auto count = [](const std::string& line, const std::string& mark) {
        std::size_t found = 0;
        for (std::size_t at = line.find(mark); at != std::string::npos; at = line.find(mark, at + 1)) {
            ++found;
        }
        return found;
    };
    EXPECT_EQ(count(with_marks(132, 43, true), "↷"), 2U);
    EXPECT_EQ(count(with_marks(80, 24, false), "%"), 2U) << "the line of marks is there for them";
    const auto info = [&](std::size_t at) {
        world.go(at);
        const Frame frame = world.shown(132, 43);
        return frame.line(frame.height() - 2);
    };
    EXPECT_THAT(info(300), HasSubstr("clock -2h00m"));
    EXPECT_THAT(info(400), HasSubstr("suspended 10m00s"));
    EXPECT_THAT(info(301), Not(HasSubstr("clock")));
}

TEST(ReplayStrip, the_moment_of_a_capture_has_a_mark_and_each_interval_its_distance) {
    Played world;
    capture_at(world, 253);
    const auto lines = [&](std::size_t at, bool unicode = true) {
        world.go(at);
        const Frame frame = world.shown(80, 24, unicode);
        return frame.line(replay_layout(world.state, 80, 24).marks_y) + frame.line(frame.height() - 2);
    };
    EXPECT_THAT(lines(253), HasSubstr("◆"));
    EXPECT_THAT(lines(253, false), HasSubstr("*"));
    EXPECT_THAT(lines(253), HasSubstr("rule   fired"));
    EXPECT_THAT(lines(241), HasSubstr("rule -12.0 s"));
    EXPECT_THAT(lines(255), HasSubstr("rule +2.00 s"));
}

TEST(ReplayStrip, the_interval_of_a_moment_is_the_one_that_ends_then) {
    Timeline timeline = ten_minutes();
    EXPECT_EQ(interval_with(timeline, timeline[253].time_unix_ns), 253U);
    EXPECT_EQ(interval_with(timeline, timeline[253].time_unix_ns - 1), 253U) << "it was not recorded";
    EXPECT_EQ(interval_with(timeline, timeline.back().time_unix_ns + 1), std::nullopt);
    for (std::size_t at = 250; at < timeline.size(); ++at) {
        timeline[at].time_unix_ns -= 7200 * kSecondNs;
    }
    EXPECT_EQ(interval_with(timeline, timeline[253].time_unix_ns), 253U) << "the clock was set back";
}

TEST(ReplayStrip, a_clock_that_was_set_does_not_bend_it) {
    Timeline timeline = ten_minutes();
    for (std::size_t at = 300; at < 600; ++at) {
        timeline[at].time_unix_ns -= 7200 * kSecondNs;
    }
    const Strip strip = make_strip(timeline, 60);
    for (std::size_t column = 0; column < 60; ++column) {
        ASSERT_NE(strip.columns[column].interval, kNoInterval);
        EXPECT_EQ(strip.columns[column].interval / 10, column);
    }
}

TEST(ReplayStrip, one_interval_is_a_recording_too) {
    Played world(Timeline{slice(0, 0, 0, 0)});
    for (const auto& [width, height] : {std::pair{1, 1}, {3, 9}, {40, 10}, {80, 24}, {200, 60}}) {
        EXPECT_EQ(world.shown(width, height).height(), height);
    }
    world.type("x X f b } { B E ");
    EXPECT_EQ(world.at(), 0U);
    EXPECT_FALSE(world.state.replay->playing);
}

TEST(ReplayOverview, after_a_jump_the_past_is_what_was_told_anew) {
    Played world;
    OverviewOptions options;
    options.machine = world.machine;
    options.replay = world.state.replay;
    options.detail_tid = 4178;
    Overview overview(std::move(options));
    overview.on_report(world.report);
    overview.forget_past();
    world.report.now_ns = kNowNs + 100 * kSecondNs;
    const auto told = [&](std::uint64_t second, ThreadState state) {
        ThreadRow& row = world.row(4178);
        row.state_ns = {};
        row.state_ns[index(state)] = kIntervalNs;
        world.report.now_ns = kNowNs + second * kSecondNs;
    };
    for (std::uint64_t second = 90; second < 100; ++second) {
        told(second, ThreadState::io_wait);
        overview.on_past(world.report);
    }
    told(100, ThreadState::lock_wait);
    overview.on_report(world.report);
    const std::string shown = text_of(overview.frame(132, 43));
    EXPECT_THAT(shown, HasSubstr("◆")) << "the past";
    EXPECT_THAT(shown, HasSubstr("lock wait 100 %"));
}

}  // namespace
}  // namespace tsa::test
