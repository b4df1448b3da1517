// SPDX-License-Identifier: MIT
// The keys and clicks of a replay: each moves its place in the recording, or says in words why it does not.
#include <gmock/gmock.h>

#include <set>

#include "unit/replay_fixture.h"

namespace tsa::test {
namespace {

using testing::HasSubstr;

TEST(ReplayKeys, each_belongs_to_one_binding_and_goes_before_those_of_the_screens) {
    Played world;
    std::set<std::string> names;
    for (const std::vector<const Page*>& open : {std::vector<const Page*>{}, {&kThreadPage}}) {
        world.state.pages = open;
        for (const KeyBinding& binding : kReplayLayer.keys) {
            for (const KeyEvent& key : binding.keys) {
                EXPECT_EQ(names.insert(key_name(key)).second, open.empty()) << key_name(key);
                EXPECT_EQ(binding_of(world.state, key), &binding) << key_name(key);
            }
        }
    }
}

TEST(ReplayKeys, the_bar_names_keys_that_work_and_offers_to_play_and_to_quit) {
    Played world;
    for (const int width : {30, 80, 132, 200}) {
        for (const Page* screen : pages()) {
            if (screen->kind != PageKind::screen) {
                continue;
            }
            world.state.pages = {screen};
            std::set<std::string> labels;
            for (const BarItem& item : bar_items(world.state, width)) {
                const KeyBinding* binding = binding_of(world.state, item.key);
                ASSERT_NE(binding, nullptr) << item.label;
                EXPECT_EQ(binding->live_only, "") << item.label;
                labels.insert(std::string(item.label));
            }
            EXPECT_TRUE(labels.contains("Quit")) << width;
            EXPECT_TRUE(labels.contains("Play")) << width;
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

TEST(ReplayKeys, of_a_capture_one_goes_to_the_moment_of_its_rule) {
    Played world;
    world.type("!");
    EXPECT_EQ(world.at(), 0U);
    EXPECT_THAT(world.state.message, HasSubstr("no rule made this recording"));
    world.state.replay->moment = 253;
    world.state.replay->moment_words = "captured when lock_wait > 2 was true, at 14:09:14: lock_wait 6";
    world.state.replay->playing = true;
    world.type("!");
    EXPECT_EQ(world.at(), 253U);
    EXPECT_FALSE(world.state.replay->playing);
    EXPECT_EQ(world.state.message, world.state.replay->moment_words);
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
        EXPECT_EQ(overlay_name(world.state), "") << key_name(key);
        EXPECT_THAT(world.state.message, HasSubstr("a replay")) << key_name(key);
    }
}

TEST(ReplayKeys, the_rest_works_as_it_does_live) {
    Played world;
    world.shown(132, 43);
    world.type("P");
    EXPECT_EQ(world.state.overview.sort_key, "exec_ns");
    world.press(Key::f5);
    EXPECT_EQ(world.state.overview.mode, RowMode::tree);
    world.press(Key::right);
    EXPECT_EQ(world.at(), 1U) << "an arrow steps in the tree too";
    world.type("*");
    EXPECT_TRUE(world.state.overview.all_folded);
    world.press(Key::f5);
    world.type("w");
    EXPECT_TRUE(world.state.overview.held_up);
    world.press(Key::escape);
    world.press(Key::f4);
    world.type("conn x");  // text, though x and Space are keys of the replay
    EXPECT_EQ(world.state.overview.filter, "conn x");
    EXPECT_EQ(world.at(), 1U);
    world.press(Key::escape);
    world.press(Key::enter);
    ASSERT_TRUE(thread_on(world.state));
    world.press(Key::right);
    EXPECT_EQ(world.at(), 2U);
    EXPECT_EQ(world.press({Key::character, U'q', 0, 0})->kind, Command::Kind::quit);
}

TEST(ReplayKeys, in_the_drill_down_comma_and_dot_read_the_chart) {
    Played world;
    open_thread(world.state, {4178, 1000 + 4178}, 4121);
    world.history.watch(world.state.thread.key);
    for (std::uint64_t back = 10; back-- > 0;) {
        world.report.now_ns = kNowNs - back * kIntervalNs;
        world.history.add(world.report);
    }
    world.shown(132, 43);
    world.type(",");
    ASSERT_TRUE(world.state.thread.moment_ns);
    const std::uint64_t moment = *world.state.thread.moment_ns;
    world.type(",");
    EXPECT_LT(*world.state.thread.moment_ns, moment);
    world.type(".");
    EXPECT_EQ(*world.state.thread.moment_ns, moment);
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
        EXPECT_FALSE(world.state.overview.selected) << "it is no row of the table";
    }
}

TEST(ReplayKeys, jump_asks_for_a_moment_and_says_what_it_understands) {
    Played world;
    world.shown(80, 24);
    world.type("J");
    EXPECT_EQ(overlay_name(world.state), "jump");
    EXPECT_THAT(world.shown(120, 24).line(23), HasSubstr("14:05:30"));
    world.type("14:07:30");
    world.press(Key::enter);
    EXPECT_EQ(world.at(), 149U);
    EXPECT_EQ(overlay_name(world.state), "");
    world.type("J");
    world.type("noon");
    world.press(Key::enter);
    EXPECT_EQ(world.at(), 149U);
    EXPECT_EQ(overlay_name(world.state), "jump") << "what was typed can be put right";
    EXPECT_THAT(world.shown(120, 24).line(23), HasSubstr("\"noon\" is not a moment; valid forms: 14:05"));
    world.press(Key::escape);
    EXPECT_EQ(overlay_name(world.state), "");
    world.type("J+x");  // the prompt takes every letter
    EXPECT_EQ(world.state.menu.prompt, "+x");
    world.press({Key::character, U'U' - U'@', 0, 0});
    world.type("-30s");
    world.press(Key::enter);
    EXPECT_EQ(world.at(), 119U);
}

}  // namespace
}  // namespace tsa::test
