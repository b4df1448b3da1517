// SPDX-License-Identifier: MIT
// The rule that the screens watch: its prompt, what the header says of it, and what is asked of the loop.
#include <gmock/gmock.h>

#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::overlay_name;
using test::World;
using ::testing::HasSubstr;
using ::testing::Not;

World filled(int width = 100, int height = 24) {
    World world;
    world.fill();
    world.draw(width, height);
    return world;
}

std::string line(World& world, int from_bottom) {
    return world.draw(world.state.width, world.state.height).line(world.state.height - from_bottom);
}

TEST(WatchedRule, is_asked_for_with_a_mark_at_mistakes_and_armed_by_enter) {
    World world = filled();
    world.press(letter(U'!'));
    EXPECT_EQ(overlay_name(world.state), "rule");
    EXPECT_THAT(line(world, 2), HasSubstr("Rule: "));
    EXPECT_THAT(line(world, 1), HasSubstr("Enter arms it"));
    world.type("lock_wiat > 2");
    EXPECT_THAT(line(world, 1), HasSubstr("      ^^^^^^^^^ unknown name 'lock_wiat'; did you mean lock_wait?"));
    EXPECT_FALSE(world.press(Key::enter)) << "what is wrong is not armed";
    EXPECT_EQ(overlay_name(world.state), "rule");
    world.press(Key::escape);
    EXPECT_EQ(overlay_name(world.state), "");

    world.press(letter(U'!'));
    world.type("lock_wait > 2 for 3s and not finding(deadlock)");
    const auto command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, Command::Kind::arm_rule);
    EXPECT_EQ(command->text, "lock_wait > 2 for 3s and not finding(deadlock)");
    EXPECT_EQ(overlay_name(world.state), "");
}

TEST(WatchedRule, tab_completes_names_of_rules) {
    World world = filled();
    world.press(letter(U'!'));
    world.type("max_a");
    world.press(Key::tab);
    EXPECT_THAT(line(world, 2), HasSubstr("Rule: max_age"));
    world.type("(io");
    world.press(Key::escape);
    world.press(letter(U'!'));
    world.type("qqq");
    world.press(Key::tab);
    EXPECT_THAT(line(world, 1), HasSubstr("no name begins with this"));
}

TEST(WatchedRule, that_is_armed_is_in_the_header_and_in_the_prompt_and_an_empty_one_switches_it_off) {
    World world = filled();
    EXPECT_THAT(world.draw(100, 24).line(0), Not(HasSubstr("RULE")));
    world.state.rule.rule = "delay > 3";
    EXPECT_THAT(world.draw(100, 24).line(0), HasSubstr("RULE every"));
    world.state.rule.capturing = true;
    world.state.recording = true;
    EXPECT_THAT(world.draw(100, 24).line(0), HasSubstr("RULE HOLDS REC every"));
    world.draw(100, 24);
    world.press(letter(U'!'));
    EXPECT_THAT(line(world, 2), HasSubstr("Rule: delay > 3"));
    for (int key = 0; key < 9; ++key) {
        world.press(Key::backspace);
    }
    const auto command = world.press(Key::enter);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, Command::Kind::arm_rule);
    EXPECT_EQ(command->text, "");
}

TEST(WatchedRule, lists_what_it_has_caught_above_its_prompt) {
    World world = filled();
    world.state.rule.fired = {{1'795'276'800'000'000'000, "delay > 3", "delay 4.5", "rstat-tsa-captures/2"},
                              {1'795'276'700'000'000'000, "delay > 3", "delay 3.2", "rstat-tsa-captures/1"}};
    world.press(letter(U'!'));
    EXPECT_THAT(line(world, 3), HasSubstr("delay > 3: delay 4.5  rstat-tsa-captures/2"));
    EXPECT_THAT(line(world, 4), HasSubstr("delay 3.2  rstat-tsa-captures/1"));
    EXPECT_THAT(line(world, 3), HasSubstr("fired at "));
}

TEST(WatchedRule, is_not_armed_in_a_replay) {
    World world = filled();
    world.state.replay.emplace();
    world.press(letter(U'!'));
    EXPECT_EQ(overlay_name(world.state), "");
    EXPECT_THAT(world.state.message, HasSubstr("no rule made this recording"));
}

}  // namespace
}  // namespace tsa
