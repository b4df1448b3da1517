// SPDX-License-Identifier: MIT
// Menus: what is typed, moved and clicked selects a line; what the border says of it.
#include "tui/menus/menu.h"

#include <gmock/gmock.h>

#include <csignal>

#include "tui/overview/layout.h"
#include "tui/settings.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::overlay_name;
using test::text_of;
using test::World;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

World world_with(Key opens, int width = 80, int height = 24) {
    World world;
    world.fill();
    world.draw(width, height);
    world.press(opens);
    world.draw(width, height);
    return world;
}

/// The line under the cursor, as it is drawn.
std::string selected_line(World& world) {
    const Frame frame = world.draw(world.state.width, world.state.height);
    const MenuBounds& at = world.state.menu.bounds;
    for (int y = at.rows_y; y < at.rows_y + at.rows; ++y) {
        if (frame.at(at.x, y).selected) {
            return frame.line(y);
        }
    }
    return "none";
}

std::string title_of(World& world) {
    const Frame frame = world.draw(world.state.width, world.state.height);
    return frame.line(world.state.menu.bounds.y);
}

TEST(MenuTyping, digits_select_a_signal_and_start_again_where_they_fit_no_number) {
    World world = world_with(Key::f9);
    world.type("9");
    EXPECT_THAT(selected_line(world), HasSubstr(" 9  SIGKILL"));
    EXPECT_EQ(world.state.menu.typed, "9");
    world.type("1");  // there is no 91
    EXPECT_THAT(selected_line(world), HasSubstr(" 1  SIGHUP"));
    world.type("9");
    EXPECT_THAT(selected_line(world), HasSubstr("19  SIGSTOP"));
    EXPECT_EQ(world.state.menu.typed, "19");
    world.press(Key::backspace);
    EXPECT_THAT(selected_line(world), HasSubstr(" 1  SIGHUP"));
    world.press(Key::down);
    EXPECT_EQ(world.state.menu.typed, "") << "a moving key ends it";
    world.type("9");
    EXPECT_THAT(selected_line(world), HasSubstr(" 9  SIGKILL"));
}

TEST(MenuTyping, letters_select_by_the_beginning_of_a_name_with_or_without_sig) {
    World world = world_with(Key::f9);
    world.type("ki");
    EXPECT_THAT(selected_line(world), HasSubstr("SIGKILL"));
    world.type("sigst");
    EXPECT_EQ(world.state.menu.typed, "sigst");
    EXPECT_THAT(selected_line(world), HasSubstr("SIGSTKFLT"));
    world.type("o");
    EXPECT_THAT(selected_line(world), HasSubstr("SIGSTOP"));
    world.press(Key::home);
    world.type("T");
    EXPECT_THAT(selected_line(world), HasSubstr("SIGTRAP"));
    world.type("T");  // no name begins with TT but two
    EXPECT_THAT(selected_line(world), HasSubstr("SIGTTIN"));
}

TEST(MenuTyping, the_same_letter_again_goes_on_to_the_next_line_and_round) {
    World world = world_with(Key::f9);
    world.type("p");
    EXPECT_THAT(selected_line(world), HasSubstr("SIGPIPE"));
    world.type("p");
    EXPECT_THAT(selected_line(world), HasSubstr("SIGPROF"));
    world.type("p");
    EXPECT_THAT(selected_line(world), HasSubstr("SIGPWR"));
    world.type("p");
    EXPECT_THAT(selected_line(world), HasSubstr("SIGPIPE"));
}

TEST(MenuTyping, q_leaves_only_where_no_line_begins_with_it) {
    World signals = world_with(Key::f9);
    signals.type("q");
    EXPECT_EQ(overlay_name(signals.state), "signals");
    EXPECT_THAT(selected_line(signals), HasSubstr("SIGQUIT"));
    World sorts = world_with(Key::f6);
    sorts.type("q");
    EXPECT_EQ(overlay_name(sorts.state), "");
}

TEST(MenuTyping, says_when_no_line_begins_with_it_and_forgets_it) {
    World world = world_with(Key::f9);
    world.type("k");
    world.type("y");
    EXPECT_EQ(overlay_name(world.state), "signals");
    EXPECT_EQ(world.state.message, "no line begins with y");
    EXPECT_EQ(world.state.menu.typed, "");
    EXPECT_THAT(selected_line(world), HasSubstr("SIGKILL"));
}

TEST(MenuTyping, what_is_typed_is_shown) {
    World world = world_with(Key::f9);
    EXPECT_THAT(text_of(world.draw(80, 24)), HasSubstr("type to select, Enter asks, Esc leaves"));
    world.type("1");
    EXPECT_THAT(text_of(world.draw(80, 24)), HasSubstr("typed 1, Enter asks, Esc leaves"));
}

TEST(MenuTyping, sort_and_columns_go_by_head_and_by_the_place_of_the_line) {
    World world = world_with(Key::f6);
    world.type("iow");
    EXPECT_THAT(selected_line(world), HasSubstr(" IOW "));
    world.type("exec+");
    EXPECT_THAT(selected_line(world), HasSubstr("EXEC+"));
    world.type("3");
    EXPECT_THAT(selected_line(world), HasSubstr("IO/s"));
    world.type("2");  // there is a line 32
    EXPECT_EQ(world.state.menu.cursor, 31U);
    world.press(Key::home);
    world.press(Key::enter);
    EXPECT_EQ(world.state.overview.sort_key, kSortLatency);

    World columns = world_with(Key::f2);
    columns.type("lock");
    EXPECT_THAT(selected_line(columns), HasSubstr("[x] LOCK"));
    columns.type(" ");
    EXPECT_THAT(selected_line(columns), HasSubstr("[ ] LOCK"));
    EXPECT_EQ(columns.state.overview.columns_hidden.size(), 1U);
    columns.press(control(U'R'));
    EXPECT_TRUE(columns.state.overview.columns_hidden.empty());
    EXPECT_EQ(overlay_name(columns.state), "columns");
    columns.type("r");
    EXPECT_THAT(selected_line(columns), HasSubstr("] RSS"));
}

TEST(MenuTyping, users_go_by_number_and_by_name) {
    World world = world_with(Key::none);
    world.type("u");
    world.draw(80, 24);
    world.type("my");
    EXPECT_THAT(selected_line(world), HasSubstr("mysql"));
    world.type("1");
    EXPECT_THAT(selected_line(world), HasSubstr("1000")) << "a begun number is enough";
    world.press(Key::enter);
    EXPECT_EQ(world.state.overview.uid, 1000U);
    world.type("u");
    world.type("a");
    world.press(Key::enter);
    EXPECT_FALSE(world.state.overview.uid);
}

TEST(MenuTyping, of_the_question_about_accounting_selects_and_does_not_answer) {
    World world = world_with(Key::none);
    world.type("A");
    world.draw(80, 24);
    world.type("1");
    EXPECT_EQ(world.state.menu.cursor, 0U);
    world.type("n");
    EXPECT_EQ(world.state.menu.cursor, 2U);
    EXPECT_FALSE(world.press(letter(U'y')));
    EXPECT_EQ(overlay_name(world.state), "accounting");
    world.type("q");
    EXPECT_EQ(overlay_name(world.state), "");
    EXPECT_EQ(world.state.message, "delay accounting stays off");
}

TEST(MenuKeys, move_by_lines_and_by_what_is_on_the_screen) {
    World world = world_with(Key::f6);
    const auto rows = static_cast<std::size_t>(world.state.menu.bounds.rows);
    ASSERT_EQ(rows, 20U);
    world.press(Key::page_down);
    EXPECT_EQ(world.state.menu.cursor, rows);
    world.press(control(U'P'));
    world.press(control(U'P'));
    world.press(control(U'N'));
    EXPECT_EQ(world.state.menu.cursor, rows - 1);
    world.press(Key::page_up);
    EXPECT_EQ(world.state.menu.cursor, 0U);
    world.press(Key::end);
    EXPECT_EQ(world.state.menu.cursor, sort_choices().size() - 1);
    world.press(Key::down);
    EXPECT_EQ(world.state.menu.cursor, sort_choices().size() - 1);
}

TEST(MenuPlace, is_shown_when_not_all_lines_fit) {
    World world = world_with(Key::f9);
    EXPECT_THAT(title_of(world), HasSubstr(" 5-24 of 31"));
    world.press(Key::end);
    EXPECT_THAT(title_of(world), HasSubstr("12-31 of 31"));
    world.draw(80, 43);
    EXPECT_THAT(title_of(world), Not(HasSubstr(" of 31")));
    World help = world_with(Key::f1);
    EXPECT_THAT(title_of(help), HasSubstr(" 1-44 of "));
    help.type("G");
    EXPECT_THAT(title_of(help), Not(HasSubstr(" 1-22 of ")));
    const std::string last = title_of(help);
    help.type("k");
    EXPECT_NE(title_of(help), last) << "it was at the end, not beyond";
}

KeyEvent click_on(const World& world, int row) {
    return {Key::click, 0, world.state.menu.bounds.x + 3, world.state.menu.bounds.rows_y + row};
}

TEST(MenuClicks, pick_the_line_that_was_drawn_there) {
    World sorts = world_with(Key::f6);
    sorts.press(Key::end);
    sorts.draw(80, 24);
    const std::size_t first = sorts.state.menu.bounds.first;
    ASSERT_GT(first, 0U);
    sorts.press(click_on(sorts, 2));
    EXPECT_EQ(overlay_name(sorts.state), "");
    EXPECT_EQ(sorts.state.overview.sort_key, sort_choices()[first + 2].key);

    World columns = world_with(Key::f2);
    const std::vector<ColumnChoice> choices = column_choices(columns.state.overview, 80);
    columns.press(click_on(columns, 1));
    EXPECT_EQ(overlay_name(columns.state), "columns") << "it stays open";
    EXPECT_NE(column_choices(columns.state.overview, 80)[1].shown, choices[1].shown);
    columns.press(click_on(columns, 1));
    EXPECT_EQ(column_choices(columns.state.overview, 80)[1].shown, choices[1].shown);

    World signals = world_with(Key::f9);
    signals.type("9");
    signals.draw(80, 24);
    signals.press(click_on(signals, static_cast<int>(8 - signals.state.menu.bounds.first)));
    EXPECT_EQ(overlay_name(signals.state), "signal question") << "it asks all the same";
    EXPECT_EQ(signals.state.menu.signal, SIGKILL);

    World accounting = world_with(Key::none);
    accounting.type("A");
    accounting.draw(80, 24);
    const auto on = accounting.press(click_on(accounting, 1));
    ASSERT_TRUE(on);
    EXPECT_FALSE(on->put_back);
}

TEST(MenuClicks, on_the_border_do_nothing_and_beside_the_menu_close_it) {
    for (const Key opens : {Key::f2, Key::f6, Key::f9}) {
        World world = world_with(opens, 120, 30);
        const std::string_view open = overlay_name(world.state);
        const std::size_t cursor = world.state.menu.cursor;
        const MenuBounds& at = world.state.menu.bounds;
        world.press({Key::click, 0, at.x + 1, at.y});
        world.press({Key::click, 0, at.x + 1, at.y + at.height - 1});
        EXPECT_EQ(overlay_name(world.state), open);
        EXPECT_EQ(world.state.menu.cursor, cursor);
        world.press({Key::click, 0, at.x - 1, at.y + 2});
        EXPECT_EQ(overlay_name(world.state), "");
        EXPECT_FALSE(world.state.overview.selected) << "the click is not one on the table";
    }
}

TEST(MenuLook, no_selected_row_of_the_table_shows_through) {
    World world = world_with(Key::down, 80, 24);
    world.press(Key::f1);
    const Frame frame = world.draw(80, 24);
    for (int y = 0; y < 24; ++y) {
        for (int x = 0; x < 80; ++x) {
            EXPECT_FALSE(frame.at(x, y).selected) << x << "," << y;
        }
    }
}

/// With two screens beside the main one.
void fill_with_screens(World& world) {
    world.fill();
    ScreenSettings settings;
    apply_settings(settings, world.state);
    world.draw(132, 43);
}

TEST(Screens, tab_walks_through_them_and_each_keeps_what_was_changed_there) {
    World world;
    fill_with_screens(world);
    world.press(Key::tab);
    EXPECT_EQ(world.state.screen, 1U);
    EXPECT_EQ(world.state.overview.mode, RowMode::processes);
    EXPECT_EQ(world.state.overview.sort_key, kSortIo);
    EXPECT_THAT(text_of(world.draw(132, 43)), AllOf(HasSubstr("io: "), HasSubstr("IOPRIO"), Not(HasSubstr("CPUW "))));
    world.type("P\\mysql");
    world.press(Key::enter);
    world.press(Key::tab);
    EXPECT_EQ(world.state.overview.sort_key, "rss_bytes");
    EXPECT_EQ(world.state.overview.filter, "");
    world.press(Key::tab);
    EXPECT_EQ(world.state.screen, 0U);
    EXPECT_EQ(world.state.overview.mode, RowMode::threads);
    EXPECT_EQ(world.state.overview.sort_key, kSortLatency);
    world.press(Key::back_tab);
    world.press(Key::back_tab);
    EXPECT_EQ(world.state.screen, 1U);
    EXPECT_EQ(world.state.overview.sort_key, "exec_ns");
    EXPECT_EQ(world.state.overview.filter, "mysql");
}

TEST(Screens, the_menu_goes_to_one_adds_this_view_and_removes_one) {
    World world;
    fill_with_screens(world);
    world.type("tM");
    world.press(control(U'T'));
    EXPECT_THAT(text_of(world.draw(132, 43)),
                AllOf(HasSubstr("Screens"), HasSubstr("tree, sorted by RSS"), HasSubstr("processes, sorted by IO/s")));
    world.type("+main");
    world.press(Key::enter);
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("'main' is not a name of a screen"));
    for (int back = 0; back < 4; ++back) {
        world.press(Key::backspace);
    }
    world.type("fat");
    world.press(Key::enter);
    ASSERT_EQ(world.state.screens.size(), 4U);
    EXPECT_EQ(world.state.screens.back().name, "fat");
    EXPECT_EQ(world.state.screen, 3U);
    world.press(control(U'T'));
    world.type("io");
    world.press(Key::enter);
    EXPECT_EQ(world.state.overview.sort_key, kSortIo);
    world.press(control(U'T'));
    world.press(Key::del);
    EXPECT_EQ(world.state.screens.size(), 3U);
    EXPECT_EQ(world.state.screen, 0U) << "of the one that is shown: the main one is shown";
    EXPECT_EQ(world.state.overview.sort_key, "rss_bytes");
    world.press(Key::home);
    world.press(Key::del);
    EXPECT_EQ(world.state.screens.size(), 3U) << "the main one stays";
}

TEST(Help, has_its_keys_in_columns_as_wide_as_the_screen_allows) {
    World world;
    world.fill();
    const auto help_at = [&](int width, int height) {
        world.state.pages.clear();
        world.draw(width, height);
        world.type("?");
        return text_of(world.draw(width, height));
    };
    const std::string narrow = help_at(40, 10);
    EXPECT_THAT(narrow, AllOf(HasSubstr("Moving"), HasSubstr("1-8 of ")));
    const std::string usual = help_at(80, 24);
    EXPECT_THAT(usual,
                AllOf(HasSubstr("Moving"), HasSubstr("What is shown"), HasSubstr("F4 \\"), HasSubstr("1-44 of ")));
    for (const std::string_view words : {"the top row", "next match"}) {
        EXPECT_THAT(usual, HasSubstr(words)) << "keys come first";
    }
    const std::size_t at = world.state.help.scroll;
    world.press(Key::page_down);
    EXPECT_EQ(world.state.help.scroll, at + 44);
    EXPECT_THAT(help_at(200, 50), AllOf(HasSubstr("Acting"), HasSubstr("1-144 of ")));
}

}  // namespace
}  // namespace tsa
