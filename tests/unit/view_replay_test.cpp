// A replay's lines below the table, its keys, its pace, and the moments that can be jumped to: on a recording that is
// written down here.
#include <gmock/gmock.h>

#include <set>

#include "tui/overview.h"
#include "tui/replay.h"
#include "tui/replay_time.h"
#include "unit/golden.h"

namespace tsa::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kSecondNs = 1000 * kMs;
// 2026-11-21 13:05:00 UTC, which is 14:05:00 where it was recorded.
constexpr std::uint64_t kBeginUnixNs = 1'795'266'300ULL * kSecondNs;
constexpr std::int64_t kOffsetS = 3600;

TimeSlice slice(std::size_t number, double exec, double cpu_wait, double lock_wait, double io_wait = 0) {
    TimeSlice out;
    out.interval_ns = kSecondNs;
    out.now_ns = kNowNs + (number + 1) * kSecondNs;
    out.time_unix_ns = kBeginUnixNs + (number + 1) * kSecondNs;
    out.threads_in[index(ThreadState::exec)] = static_cast<float>(exec);
    out.threads_in[index(ThreadState::cpu_wait)] = static_cast<float>(cpu_wait);
    out.threads_in[index(ThreadState::lock_wait)] = static_cast<float>(lock_wait);
    out.threads_in[index(ThreadState::io_wait)] = static_cast<float>(io_wait);
    out.threads_in[index(ThreadState::idle)] = 1200;
    return out;
}

/// Ten minutes: quiet work, a convoy from 4:10 to 4:14, disks from 7:30 to 8:00.
Timeline ten_minutes() {
    Timeline out;
    for (std::size_t at = 0; at < 600; ++at) {
        const double ripple = 0.1 * static_cast<double>(at % 7);
        if (at >= 250 && at < 255) {
            out.push_back(slice(at, 1, 0.5, 6));
        } else if (at >= 450 && at < 480) {
            out.push_back(slice(at, 0.4, 0.1, 0, 3 + ripple));
        } else {
            out.push_back(slice(at, 0.8 + ripple, 0.2, 0));
        }
    }
    return out;
}

/// The literal machine of the other tests, as a moment of that recording.
struct Played : World {
    explicit Played(Timeline recorded = ten_minutes()) : timeline(std::move(recorded)) {
        fill();
        state.replay = start_replay(timeline);
        state.replay->utc_offset_s = kOffsetS;
        state.replay->version = "0.1.0";
        go(0);
    }
    Played(const Played&) = delete;
    Played& operator=(const Played&) = delete;

    void go(std::size_t at) {
        state.replay->at = at;
        report.time_unix_ns = timeline[at].time_unix_ns;
        report.source = Source::replay;
    }
    Frame shown(int width, int height, bool unicode = true) {
        const ReplayLayout layout = replay_layout(state, width, height);
        state.replay->strip = make_strip(timeline, static_cast<std::size_t>(std::max(layout.columns, 80)));
        if (layout.columns > 0) {
            state.replay->strip = make_strip(timeline, static_cast<std::size_t>(layout.columns));
        }
        return draw(width, height, unicode);
    }
    std::size_t at() const { return state.replay->at; }

    Timeline timeline;
};

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

TEST(ReplayGolden, one_thread) {
    Played world;
    world.go(252);
    world.history.watch({4178, 1000 + 4178});
    world.history.add(world.report);
    world.state.detail = ThreadKey{4178, 1000 + 4178};
    world.state.detail_tgid = 4121;
    world.detail.emplace();
    world.detail->key = *world.state.detail;
    world.detail->waits.unavailable = "a recording holds the wait at the end of each interval, not the single waits";
    world.detail->stats_unavailable = "not recorded (record --taskstats)";
    expect_golden("replay_thread_80x24", world.shown(80, 24));
    expect_golden("replay_thread_132x43", world.shown(132, 43));
    world.state.detail_page = DetailPage::states;
    expect_golden("replay_states_132x43", world.shown(132, 43));
}

TEST(ReplayGolden, help_page_has_the_replay_first_and_nothing_that_it_cannot) {
    Played world;
    world.shown(132, 60);
    world.press(Key::f1);
    expect_golden("replay_help_132x90", world.shown(132, 90));
    std::string help;
    for (const HelpLine& line : help_lines(true)) {
        help += line.left + "  " + line.right + "\n";
    }
    for (const KeyBinding& binding : replay_key_table()) {
        EXPECT_THAT(help, HasSubstr(std::string(binding.what)));
    }
    EXPECT_THAT(help, Not(HasSubstr("signal to the tagged")));
    EXPECT_THAT(help, Not(HasSubstr("nice")));
    EXPECT_THAT(help, HasSubstr("sort by"));
}

TEST(ReplayKeys, each_belongs_to_one_action) {
    std::set<std::string> names;
    for (const KeyBinding& binding : replay_key_table()) {
        for (const KeyEvent& key : binding.keys) {
            EXPECT_TRUE(names.insert(key_name(key)).second) << key_name(key);
            EXPECT_EQ(replay_action_of(key), binding.action) << key_name(key);
        }
    }
}

TEST(ReplayKeys, the_bar_names_keys_that_exist_and_offers_to_play_and_to_quit) {
    Played world;
    for (const int width : {30, 80, 132, 200}) {
        for (const bool in_detail : {false, true}) {
            world.state.detail = in_detail ? std::optional(ThreadKey{1, 1}) : std::nullopt;
            std::set<Action> actions;
            for (const BarItem& item : bar_items(world.state, width)) {
                const Action own = replay_action_of(item.key);
                const Action action = own != Action::none ? own : action_of(item.key, in_detail);
                EXPECT_NE(action, Action::none) << item.label;
                EXPECT_FALSE(own == Action::none && is_live_only(action)) << item.label;
                actions.insert(action);
            }
            EXPECT_TRUE(actions.contains(Action::quit)) << width;
            EXPECT_TRUE(actions.contains(Action::play)) << width;
        }
    }
}

TEST(ReplayKeys, step_scrub_and_ends) {
    Played world;
    world.shown(80, 24);
    world.press(Key::left);
    EXPECT_EQ(world.at(), 0U);
    world.press(Key::right);
    world.press(Key::right);
    EXPECT_EQ(world.at(), 2U);
    world.press(Key::left);
    EXPECT_EQ(world.at(), 1U);
    world.type("E");
    EXPECT_EQ(world.at(), 599U);
    world.press(Key::right);
    EXPECT_EQ(world.at(), 599U);
    world.type("B");
    EXPECT_EQ(world.at(), 0U);
    const auto columns = world.state.replay->strip.columns.size();
    const auto column = [&] { return column_of(world.timeline, world.at(), columns); };
    world.type("f");
    EXPECT_EQ(column(), 1U);
    world.type("}");
    EXPECT_EQ(column(), 11U);
    world.type("b");
    EXPECT_EQ(column(), 10U);
    world.type("{");
    EXPECT_EQ(column(), 0U);
    for (std::size_t step = 0; step < columns; ++step) {
        const std::size_t before = world.at();
        world.type("f");
        EXPECT_GT(world.at(), before) << "it never sticks";
        if (world.at() == 599) {
            return;
        }
    }
    FAIL() << "the end is never reached";
}

TEST(ReplayKeys, scrubbing_a_recording_that_is_shorter_than_the_strip_goes_interval_by_interval) {
    Timeline five;
    for (std::size_t at = 0; at < 5; ++at) {
        five.push_back(slice(at, 1, 0, 0));
    }
    Played world(five);
    world.shown(80, 24);
    for (const std::size_t wanted : {1U, 2U, 3U, 4U, 4U}) {
        world.type("f");
        EXPECT_EQ(world.at(), wanted);
    }
    for (const std::size_t wanted : {3U, 2U, 1U, 0U, 0U}) {
        world.type("b");
        EXPECT_EQ(world.at(), wanted);
    }
}

TEST(ReplayKeys, bad_moments_are_the_worst_of_their_surroundings) {
    Played world;
    world.shown(80, 24);
    world.type("x");
    EXPECT_GE(world.at(), 250U);
    EXPECT_LT(world.at(), 255U);
    world.type("x");
    EXPECT_GE(world.at(), 450U);
    EXPECT_LT(world.at(), 480U);
    EXPECT_GT(held_up_threads(world.timeline[world.at()]), 3.6) << "the worst of them";
    const std::size_t last = world.state.replay->bad.back();
    world.state.replay->at = last;
    world.type("x");
    EXPECT_EQ(world.at(), last);
    EXPECT_THAT(world.state.message, HasSubstr("no moment stands out after"));
    world.state.replay->at = 300;
    world.type("X");
    EXPECT_LT(world.at(), 255U);
}

TEST(ReplayKeys, speed_has_steps_and_ends) {
    Played world;
    world.type("]");
    EXPECT_EQ(world.state.replay->speed, 2);
    world.type("+");
    EXPECT_EQ(world.state.replay->speed, 4);
    for (int step = 0; step < 12; ++step) {
        world.type("]");
    }
    EXPECT_EQ(world.state.replay->speed, 64);
    world.state.replay->speed = 3;
    world.type("[");
    EXPECT_EQ(world.state.replay->speed, 2);
    for (int step = 0; step < 12; ++step) {
        world.type("-");
    }
    EXPECT_EQ(world.state.replay->speed, 0.25);
    EXPECT_EQ(world.state.interval_ms, 500U);
}

TEST(ReplayKeys, what_a_recording_cannot_do_is_answered_in_words) {
    for (const KeyEvent& key :
         {KeyEvent{Key::f9, 0, 0, 0}, KeyEvent{Key::f7, 0, 0, 0}, KeyEvent{Key::f8, 0, 0, 0},
          KeyEvent{Key::character, U'k', 0, 0}, KeyEvent{Key::character, U'A', 0, 0}, KeyEvent{Key::del, 0, 0, 0}}) {
        Played world;
        world.shown(132, 43);
        EXPECT_FALSE(world.press(key).has_value()) << key_name(key);
        EXPECT_EQ(world.state.overlay, Overlay::none) << key_name(key);
        EXPECT_THAT(world.state.message, HasSubstr("a replay")) << key_name(key);
    }
}

TEST(ReplayKeys, the_rest_works_as_it_does_live) {
    Played world;
    world.shown(132, 43);
    world.type("P");
    EXPECT_EQ(world.state.sort_key, "exec_ns");
    world.press(Key::f5);
    EXPECT_EQ(world.state.mode, RowMode::tree);
    world.press(Key::right);
    EXPECT_EQ(world.at(), 1U) << "an arrow steps in the tree too";
    world.type("*");
    EXPECT_TRUE(world.state.all_folded);
    world.press(Key::f5);
    world.type("w");
    EXPECT_TRUE(world.state.held_up);
    world.press(Key::escape);
    world.press(Key::f4);
    world.type("conn x");  // text, though x and Space are keys of the replay
    EXPECT_EQ(world.state.filter, "conn x");
    EXPECT_EQ(world.at(), 1U);
    world.press(Key::escape);
    world.press(Key::enter);
    ASSERT_TRUE(world.state.detail);
    world.press(Key::right);
    EXPECT_EQ(world.at(), 2U);
    EXPECT_EQ(world.press({Key::character, U'q', 0, 0})->kind, Command::Kind::quit);
}

TEST(ReplayKeys, in_the_drill_down_comma_and_dot_read_the_chart) {
    Played world;
    world.state.detail = ThreadKey{4178, 1000 + 4178};
    world.state.detail_tgid = 4121;
    world.history.watch(*world.state.detail);
    for (std::uint64_t back = 10; back-- > 0;) {
        world.report.now_ns = kNowNs - back * kIntervalNs;
        world.history.add(world.report);
    }
    world.shown(132, 43);
    world.type(",");
    ASSERT_TRUE(world.state.chart_moment_ns);
    const std::uint64_t moment = *world.state.chart_moment_ns;
    world.type(",");
    EXPECT_LT(*world.state.chart_moment_ns, moment);
    world.type(".");
    EXPECT_EQ(*world.state.chart_moment_ns, moment);
    EXPECT_EQ(world.at(), 0U);
}

TEST(ReplayKeys, a_click_on_the_strip_goes_to_what_the_column_shows) {
    for (const int height : {24, 50}) {
        Played world;
        world.shown(132, height);
        const ReplayLayout layout = replay_layout(world.state, 132, height);
        const auto columns = static_cast<std::size_t>(layout.columns);
        const auto column = static_cast<int>(column_of(world.timeline, 252, columns));
        world.press({Key::click, 0, layout.strip_x + column, layout.strip_y + layout.strip_rows - 1});
        EXPECT_EQ(column_of(world.timeline, world.at(), columns), static_cast<std::size_t>(column));
        EXPECT_GT(held_up_threads(world.timeline[world.at()]), 6);
        const std::size_t was = world.at();
        world.press({Key::click, 0, 1, layout.info_y});
        EXPECT_EQ(world.at(), was);
        EXPECT_FALSE(world.state.selected) << "it is no row of the table";
    }
}

TEST(ReplayKeys, jump_asks_for_a_moment_and_says_what_it_understands) {
    Played world;
    world.shown(80, 24);
    world.type("J");
    EXPECT_EQ(world.state.overlay, Overlay::jump_prompt);
    EXPECT_THAT(world.shown(120, 24).line(23), HasSubstr("14:05:30"));
    world.type("14:07:30");
    world.press(Key::enter);
    EXPECT_EQ(world.at(), 149U);
    EXPECT_EQ(world.state.overlay, Overlay::none);
    world.type("J");
    world.type("noon");
    world.press(Key::enter);
    EXPECT_EQ(world.at(), 149U);
    EXPECT_EQ(world.state.overlay, Overlay::jump_prompt) << "what was typed can be put right";
    EXPECT_THAT(world.shown(120, 24).line(23), HasSubstr("\"noon\" is no moment; understood: 14:05"));
    world.press(Key::escape);
    EXPECT_EQ(world.state.overlay, Overlay::none);
    world.type("J+x");  // the prompt takes every letter
    EXPECT_EQ(world.state.prompt, "+x");
    world.press({Key::character, U'U' - U'@', 0, 0});
    world.type("-30s");
    world.press(Key::enter);
    EXPECT_EQ(world.at(), 119U);
}

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
    EXPECT_TRUE(replay.playing) << "from the begin once more";
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
            continue;  // blanks at the ends are nothing
        }
        const auto found = find(text, timeline);
        ASSERT_FALSE(found.ok()) << text;
        EXPECT_THAT(found.error().text(), HasSubstr("is no moment; hint: understood: 14:05, 14:05:30")) << text;
    }
}

TEST(ReplayMoment, outside_of_the_recording_its_ends_are_named) {
    const Timeline timeline = ten_minutes();
    for (const char* text : {"14:04", "14:15:01", "03:00", "2026-11-20 14:07", "2027-01-01"}) {
        const auto found = find(text, timeline);
        ASSERT_FALSE(found.ok()) << text;
        EXPECT_THAT(found.error().text(), HasSubstr("it is of 2026-11-21 14:05:00 to 2026-11-21 14:15:00")) << text;
    }
    EXPECT_THAT(find("#601", timeline).error().text(), HasSubstr("1 to 600"));
    EXPECT_THAT(find("#0", timeline).error().text(), HasSubstr("1 to 600"));
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
    // Begins 14:05; 15:00 of the first day lies in the first interval.
    EXPECT_EQ(find("15:00", days, 2).value(), 0U);
    EXPECT_EQ(find("15:00", days, 30).value(), 24U);
    EXPECT_EQ(find("15:00", days, 71).value(), 48U);
    EXPECT_EQ(find("2026-11-22 15:00", days, 71).value(), 24U);
    EXPECT_TRUE(spans_days(days, kOffsetS));
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
