// SPDX-License-Identifier: MIT
// The page about the measurement: what it says of a source, of losses and of costs; that it opens from every screen.
#include "tui/about/about.h"

#include <gmock/gmock.h>

#include "unit/golden.h"
#include "unit/replay_fixture.h"

namespace tsa::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

World about_world() {
    World world;
    world.fill();
    world.draw(132, 43);
    world.press(letter(U'd'));
    return world;
}

TEST(AboutPage, at_every_size) {
    for (const auto& [width, height] : {std::pair{40, 10}, {80, 24}, {132, 43}, {200, 50}}) {
        World world = about_world();
        world.report.health.threads_without_slot = 12;
        world.report.health.missed_frees = 3;
        expect_golden(fmt::format("about_{}x{}", width, height), world.draw(width, height));
    }
}

TEST(AboutPage, opens_over_every_screen_and_closes_to_it) {
    for (const std::vector<const Page*>& open : {std::vector<const Page*>{}, {&kThreadPage}, {&kThreadStatesPage}}) {
        for (const KeyEvent& closes : {special(Key::escape), letter(U'd'), special(Key::backspace)}) {
            World world = about_world();
            world.state.pages = open;
            const Page& before = screen_of(world.state);
            world.press(letter(U'd'));
            ASSERT_EQ(&screen_of(world.state), &kAboutPage);
            world.press(closes);
            EXPECT_EQ(&screen_of(world.state), &before) << key_name(closes);
        }
    }
}

TEST(AboutPage, leaves_the_thread_watched_whose_page_it_covers) {
    World world = about_world();
    EXPECT_FALSE(thread_on(world.state));
    world.press(Key::escape);
    world.press(Key::enter);
    const auto watched = thread_on(world.state);
    ASSERT_TRUE(watched);
    world.press(letter(U'd'));
    EXPECT_EQ(thread_on(world.state), watched);
}

TEST(AboutPage, lists_only_the_health_counters_that_are_not_0_with_their_meaning) {
    World world = about_world();
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("nothing was dropped, skipped or repaired"));
    world.report.health.locks_unread = 7;
    EXPECT_THAT(text_of(world.draw(132, 43)),
                AllOf(HasSubstr("7 locks whose holder could not be read in time: their waiters show none"),
                      Not(HasSubstr("nothing was dropped")), Not(HasSubstr("slots"))));
}

TEST(AboutPage, says_what_measures_and_since_when) {
    World world = about_world();
    EXPECT_THAT(text_of(world.draw(132, 43)),
                AllOf(HasSubstr("probes in the scheduler (BPF)"), HasSubstr("23:12:20, 1m00s ago")));
    world.report.source = Source::procfs;
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("/proc, read once an interval"));
    world.report = Report{};
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("nothing measured yet"));
}

TEST(AboutPage, says_what_a_container_sees) {
    World world = about_world();
    EXPECT_THAT(text_of(world.draw(132, 43)), Not(HasSubstr("container")));
    world.machine.container = true;
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("seen from a container (PID namespace): only its threads"));
}

TEST(AboutPage, of_a_recording_is_about_its_measurement) {
    Played world;
    world.state.replay->source = Source::procfs;
    world.go(9);
    world.report.now_ns = kNowNs + 10 * kSecondNs;
    world.shown(132, 43);
    world.press(letter(U'd'));
    EXPECT_THAT(text_of(world.shown(132, 43)),
                AllOf(HasSubstr("a recording by rstat-tsa 0.1.0 from /proc"), HasSubstr("14:05:00, 10.0 s ago"),
                      Not(HasSubstr("taskstats")), Not(HasSubstr("sysctl"))));
    world.press(Key::right);
    EXPECT_EQ(world.at(), 10U) << "the keys of the replay work here too";
}

TEST(AboutPage, scrolls_to_its_end_and_acts_on_no_thread) {
    World world = about_world();
    world.report.health.missed_switches = 5;
    EXPECT_THAT(text_of(world.draw(40, 10)), Not(HasSubstr("own run time")));
    for (int step = 0; step < 100; ++step) {
        world.press(Key::down);
    }
    const Frame end = world.draw(40, 10);
    EXPECT_THAT(text_of(end), HasSubstr("own run time"));
    world.press(Key::up);
    EXPECT_NE(text_of(world.draw(40, 10)), text_of(end)) << "it was at the end, not beyond";
    EXPECT_FALSE(world.press(Key::f8)) << "the row that it covers is not to be seen";
    EXPECT_THAT(world.state.message, HasSubstr("does nothing here"));
}

}  // namespace
}  // namespace tsa::test
