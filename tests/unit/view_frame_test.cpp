// SPDX-License-Identifier: MIT
// Properties of all screens: any size, any name, any state of the user interface.
#include <gmock/gmock.h>

#include <random>

#include "text/characters.h"
#include "tui/overview/page.h"
#include "tui/text.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::text_of;
using test::World;
using testing::HasSubstr;
using testing::Not;

void expect_sound(const Frame& frame) {
    for (int y = 0; y < frame.height(); ++y) {
        for (int x = 0; x < frame.width(); ++x) {
            const char32_t glyph = frame.at(x, y).glyph;
            if (glyph == 0) {
                ASSERT_GT(x, 0);
                ASSERT_EQ(cell_width(frame.at(x - 1, y).glyph), 2);
            } else {
                ASSERT_GE(glyph, 0x20U);
                ASSERT_FALSE(glyph >= 0x7F && glyph < 0xA0);
                ASSERT_TRUE(cell_width(glyph) == 1 || (x + 1 < frame.width() && frame.at(x + 1, y).glyph == 0));
                ASSERT_TRUE(frame.unicode() || glyph < 0x7F);
            }
        }
    }
}

// Frames assert their own bounds, and this build's sanitizers do the rest.
TEST(AnyScreen, is_sound_at_every_size_in_every_mode) {
    World world;
    world.fill();
    world.thread(4178).comm = {'\x1b', '[', '2', 'J', '\xe6', '\x95', '\xb0', '\xff'};
    world.history.watch({4178, 1000 + 4178});
    world.history.add(world.report);
    world.detail = test::detail_of_4178();
    world.detail->descriptors[0].name = "\x1b[2J\xff\xe6\x95\xb0";
    world.detail->properties.command = "\x1b]0;x\x07 \xc3";
    world.state.thread.key = {4178, 1000 + 4178};
    world.state.thread.tgid = 4121;
    world.report.health.torn_reads = 4;
    const Target hostile{1, 1, 1, true, "\x1b[2J\xff\xe6\x95\xb0"};
    world.state.menu.signal = 15;
    world.state.menu.signal_targets.processes.push_back({hostile, 3, true, SignalHandling{.caught = ~SignalSet{0}}});
    world.state.menu.signal_targets.threads = {hostile};
    world.state.menu.targets = {hostile};
    world.state.menu.cgroup.path = "/\x1b[2J\xff";
    world.state.menu.cgroup.processes = {{1, hostile.comm}, {2, ""}};
    world.state.frozen = {"/\x1b[2J\xff"};
    world.look.emplace();
    world.look->rows = {{"5", "file", "rw", "0", hostile.comm}};
    world.state.menu.typed = "\xff\xe6\x95\xb0";
    test::add_sensors(world.report.system);
    world.report.system.busiest_disk->name = DeviceName("\x1b[2J\xff\xe6\x95\xb0");
    world.report.system.now.power_profile = DeviceName("\x1b[2J\xe6\x95\xb0\xe6\x95\xb0\xff");
    for (int width = 0; width <= 140; width += width < 12 ? 1 : 17) {
        for (int height = 0; height <= 45; height += height < 10 ? 1 : 7) {
            int number = 0;
            for (const Page* page : pages()) {
                const auto draw_on = [&](std::vector<const Page*> open) {
                    if (page->kind == PageKind::overlay) {
                        open.push_back(page);
                    }
                    world.state.pages = std::move(open);
                    expect_sound(world.draw(width, height, number % 2 == 0));
                };
                ++number;
                world.state.overview.mode = static_cast<RowMode>((width + height + number) % 3);
                world.state.overview.header = static_cast<HeaderMode>((width + number) % 3);
                world.state.thread.moment_ns.reset();
                draw_on({});
                draw_on({&kThreadPage});
                world.state.thread.moment_ns = test::kNowNs - static_cast<std::uint64_t>(height) * test::kMs * 1000;
                draw_on({number % 3 == 0 ? &kThreadStatesPage : &kThreadPage});
                draw_on({page->kind == PageKind::screen ? page : &kOverviewPage});
            }
        }
    }
}

TEST(AnyScreen, survives_any_keys_in_any_order_while_the_machine_changes) {
    World world;
    world.fill();
    world.history.watch({4178, 1000 + 4178});
    world.history.add(world.report);
    world.detail = test::detail_of_4178();
    std::mt19937 random(11);
    for (int step = 0; step < 3000; ++step) {
        if (random() % 3 == 0) {
            const auto bindings = random() % 2 == 0 ? kOverviewPage.keys : kThreadPage.keys;
            const KeyBinding& binding = bindings[random() % bindings.size()];
            world.press(*(binding.keys.begin() + random() % binding.keys.size()));
        } else if (random() % 2 == 0) {
            world.press(KeyEvent{static_cast<Key>(2 + random() % 32), 0, static_cast<int>(random() % 90),
                                 static_cast<int>(random() % 30)});
        } else {
            world.press(KeyEvent{Key::character, static_cast<char32_t>(random() % 128), 0, 0});
        }
        if (step % 50 == 0 && world.report.threads.size() > 2) {
            world.end(world.report.threads[random() % world.report.threads.size()].now->tid);
        }
        world.state = settle(world.state, world.report);
        expect_sound(world.draw(static_cast<int>(1 + random() % 140), static_cast<int>(1 + random() % 50)));
    }
}

TEST(AnyScreen, before_the_first_interval_says_so_and_shows_no_number) {
    World world;
    world.report = Report{};
    const std::string text = text_of(world.draw(132, 43));
    EXPECT_THAT(text, HasSubstr("measuring the first interval"));
    EXPECT_THAT(text, HasSubstr("own cost -"));
    EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST(AnyScreen, the_table_of_states_is_never_cut) {
    World world;
    world.fill();
    world.history.watch({4178, 1000 + 4178});
    world.history.add(world.report);
    open_thread(world.state, {4178, 1000 + 4178}, 4121);
    world.press({Key::character, U'v', 0, 0});
    for (int width = 50; width < 200; ++width) {
        const Frame frame = world.draw(width, 43);
        int heads = 0;
        for (int y = 4; y < 43; ++y) {
            const std::string line = frame.line(y);
            if (line.starts_with(" STATE")) {
                ++heads;
                EXPECT_TRUE(line.ends_with(width < 80 ? "TIME" : "MEAN")) << width << ": " << line;
            }
        }
        EXPECT_EQ(heads, 1) << width;
    }
}

TEST(AnyScreen, the_selected_row_is_on_the_screen_at_any_height) {
    World world;
    for (std::uint32_t tid = 1; tid <= 100; ++tid) {
        world.add({tid, tid, "t", ThreadState::idle, {{ThreadState::exec, tid}}});
    }
    for (int height = 4; height < 60; ++height) {
        world.draw(80, height);
        world.press(Key::end);
        world.press(Key::up);
        const Frame frame = world.draw(80, height);
        int selected = 0;
        for (int y = 0; y < height; ++y) {
            selected += frame.at(0, y).selected ? 1 : 0;
        }
        EXPECT_EQ(selected, 1) << height;
    }
}

TEST(WaitsOn, the_age_of_a_wait_that_began_unwatched_is_a_lower_bound) {
    World world;
    world.fill();
    EXPECT_EQ(format_age(world.thread(5001), world.report.now_ns, glyphs(true).waits.at_least), "≥2h01m");
    world.thread(5001).since_ns = world.report.now_ns - 812 * test::kMs;
    EXPECT_EQ(format_age(world.thread(5001), world.report.now_ns, glyphs(true).waits.at_least), "≥0.8 s");
    EXPECT_EQ(format_age(world.thread(4178), world.report.now_ns, glyphs(true).waits.at_least), "4.2 s");
}

TEST(Themes, tell_states_apart_by_glyph_where_there_is_no_color) {
    for (const bool unicode : {true, false}) {
        const Glyphs& set = glyphs(unicode);
        std::vector<std::string_view> seen(set.state.begin(), set.state.end());
        std::sort(seen.begin(), seen.end());
        EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
    }
    EXPECT_GE(themes().size(), 3U);
    EXPECT_EQ(find_theme("no such"), nullptr);
    EXPECT_EQ(find_theme("light")->name, "light");
}

}  // namespace
}  // namespace tsa
