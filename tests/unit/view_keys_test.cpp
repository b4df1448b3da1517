// SPDX-License-Identifier: MIT
// Keys: the table is complete, the help page lists all of it, and each key does what the table says.
#include "tui/page.h"

#include <gmock/gmock.h>

#include <csignal>
#include <map>
#include <set>

#include "tui/help/help.h"
#include "tui/overview.h"
#include "tui/overview/layout.h"
#include "tui/overview/page.h"
#include "tui/overview/rows.h"
#include "unit/replay_fixture.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::overlay_name;
using test::text_of;
using test::World;
using testing::HasSubstr;

World world_of(int width, int height) {
    World world;
    world.fill();
    world.draw(width, height);
    return world;
}

World world_of_thread() {
    World world = world_of(132, 20);
    world.press(Key::enter);
    return world;
}

std::string all_help() {
    std::string all;
    for (const HelpLine& line : help_lines()) {
        all += line.left + "  " + line.right + "\n";
    }
    return all;
}

bool is_shared(const KeyBinding& binding) {
    return std::ranges::any_of(kOverviewPage.keys, [&](const KeyBinding& other) { return other.act == binding.act; });
}

TEST(KeyTable, a_key_has_one_binding_on_a_page_or_a_shared_one_that_the_page_replaces) {
    for (const Page* page : pages()) {
        std::map<std::string, const KeyBinding*> taken;
        for (const KeyBinding& binding : page->keys) {
            for (const KeyEvent& key : binding.keys) {
                const auto [first, is_new] = taken.try_emplace(key_name(key), &binding);
                EXPECT_TRUE(is_new || (page != &kOverviewPage && is_shared(binding) && !is_shared(*first->second)))
                    << page->name << ": " << key_name(key);
            }
        }
    }
}

TEST(KeyTable, keys_that_open_a_page_are_free_on_every_other_page) {
    for (const Page* opened : pages()) {
        if (opened->opened_by == nullptr) {
            continue;
        }
        for (const KeyEvent& key : opened->opened_by->keys) {
            for (const Page* page : pages()) {
                const bool has_key =
                    std::ranges::any_of(page->keys, [&](const KeyBinding& binding) { return binding.keys.has(key); });
                const bool opens_other = page != opened && page->opened_by != nullptr && page->opened_by->keys.has(key);
                EXPECT_FALSE((has_key && page != opened) || opens_other) << key_name(key) << " on " << page->name;
            }
        }
    }
}

TEST(PageTable, each_page_has_a_name_of_its_own_and_what_its_kind_needs) {
    std::set<std::string_view> names;
    EXPECT_EQ(pages().front(), &kOverviewPage) << "it is shown when nothing else is open";
    for (const Page* page : pages()) {
        EXPECT_TRUE(names.insert(page->name).second) << page->name;
        const bool is_drawn = page->draw != nullptr;
        switch (page->kind) {
            case PageKind::screen:
                EXPECT_TRUE(is_drawn && !page->bar.empty()) << page->name;
                break;
            case PageKind::layer:
                EXPECT_TRUE(is_drawn && page->rows != nullptr) << page->name;
                break;
            case PageKind::overlay:
                EXPECT_NE(page->menu != nullptr, page->draw_bottom != nullptr) << page->name;
                EXPECT_TRUE(page->type != nullptr || page->pick != nullptr) << page->name;
                break;
        }
    }
}

TEST(PageTable, an_overlay_takes_every_key_but_ctrl_c) {
    for (const Page* page : pages()) {
        if (page->kind != PageKind::overlay || page->name == "jump") {  // that one needs a replay
            continue;
        }
        World world = world_of(80, 24);
        world.press(Key::f9);  // what the question is about
        world.state.pages = {page};
        const RowMode mode = world.state.overview.mode;
        world.press(Key::f5);
        EXPECT_EQ(world.state.overview.mode, mode) << page->name;
        world.state.pages = {page};
        const auto command = world.press(control(U'C'));
        ASSERT_TRUE(command) << page->name;
        EXPECT_EQ(command->kind, Command::Kind::quit) << page->name;
    }
}

TEST(KeyTable, every_binding_has_keys_and_a_function) {
    for (const Page* page : pages()) {
        for (const KeyBinding& binding : page->keys) {
            EXPECT_NE(binding.act, nullptr) << page->name << ": " << binding.what;
            EXPECT_GT(binding.keys.size(), 0U) << page->name << ": " << binding.what;
        }
    }
}

TEST(KeyTable, in_the_drill_down_its_own_keys_go_before) {
    ViewState list;
    ViewState detail;
    open_thread(detail, {1, 1}, 1);
    for (const KeyBinding& binding : kOverviewPage.keys) {
        for (const KeyEvent& key : binding.keys) {
            EXPECT_EQ(binding_of(list, key), &binding) << key_name(key);
        }
    }
    EXPECT_EQ(binding_of(list, letter(U't'))->label, "Tree");
    EXPECT_EQ(binding_of(detail, letter(U't'))->label, "Process");
    EXPECT_EQ(binding_of(detail, letter(U'k'))->what, "scroll its waits up");
    EXPECT_EQ(binding_of(detail, special(Key::f1))->label, "Help");
    EXPECT_EQ(binding_of(detail, letter(U'P')), nullptr);
}

TEST(KeyTable, the_help_page_has_every_key_and_every_state) {
    const std::string help = all_help();
    for (const Page* page : pages()) {
        if (page->kind != PageKind::screen) {
            continue;
        }
        for (const KeyBinding& binding : page->keys) {
            EXPECT_THAT(help, HasSubstr(std::string(binding.what)));
            for (const KeyEvent& key : binding.keys) {
                EXPECT_THAT(help, HasSubstr(key_name(key)));
            }
        }
    }
    for (const StateInfo& state : state_table()) {
        EXPECT_THAT(help, HasSubstr(std::string(state.meaning)));
        EXPECT_THAT(help, HasSubstr(std::string(state.head)));
    }
}

// Something that differs between two states of the screen, or a command: the key was not ignored.
bool changed(World& world, const KeyEvent& key) {
    const std::string before = text_of(world.draw(132, 20));
    const ViewState was = world.state;
    if (world.press(key)) {
        return true;
    }
    const ViewState& now = world.state;
    if (now.message.ends_with("; ? lists them")) {
        return false;  // it has no effect, and this says so
    }
    return text_of(world.draw(132, 20)) != before || now.overview.cursor != was.overview.cursor ||
           now.overview.tagged != was.overview.tagged || now.overview.selected != was.overview.selected;
}

TEST(KeyTable, every_key_of_it_has_an_effect_somewhere) {
    std::vector<KeyBinding> bindings(kOverviewPage.keys.begin(), kOverviewPage.keys.end());
    bindings.push_back(*binding_of(world_of_thread().state, special(Key::tab)));
    bindings.push_back(*binding_of(world_of_thread().state, special(Key::back_tab)));
    for (const KeyBinding& binding : bindings) {
        for (const KeyEvent& key : binding.keys) {
            World flat = world_of(132, 20);
            flat.state.overview.search = "swap";
            flat.press(Key::down);
            World tree = world_of(132, 20);
            tree.press(Key::f5);
            tree.press(Key::down);
            tree.state.overview.folded = {4121};
            tree.state.overview.cursor = 0;
            World open_tree = world_of(132, 20);
            open_tree.press(Key::f5);
            World detail = world_of(132, 20);
            detail.press(Key::enter);
            World filtered = world_of(132, 20);
            filtered.type("ii ");
            filtered.state.overview.hide_idle = true;
            filtered.state.overview.sort_key = "comm";
            const bool any = changed(flat, key) || changed(tree, key) || changed(open_tree, key) ||
                             changed(filtered, key) || changed(detail, key) || detail.state.thread.key.tid != 4178;
            EXPECT_TRUE(any) << key_name(key) << ": " << binding.what;
        }
    }
}

TEST(KeyTable, the_bottom_bar_names_keys_that_exist_and_always_offers_to_quit) {
    for (const int width : {30, 40, 80, 132, 200}) {
        for (const Page* page : pages()) {
            if (page->kind != PageKind::screen) {
                continue;
            }
            ViewState state;
            state.pages = {page};
            bool quits = false;
            int end = 0;
            for (const BarItem& item : bar_items(state, width)) {
                ASSERT_NE(binding_of(state, item.key), nullptr) << item.label;
                EXPECT_GE(item.x, end);
                end = item.x + item.width;
                quits = quits || item.label == "Quit";
            }
            EXPECT_LE(end, width + 1);
            EXPECT_TRUE(quits) << width;
            EXPECT_EQ(bar_items(state, 1000).size(), page->bar.size()) << "each has a binding with a label";
        }
    }
    EXPECT_GE(bar_items(ViewState{}, 80).size(), 10U);
}

TEST(Keys, q_quits_z_pauses_and_the_interval_is_the_callers) {
    World world = world_of(80, 24);
    EXPECT_EQ(world.press({Key::character, U'q', 0, 0})->kind, Command::Kind::quit);
    world.press({Key::character, U'z', 0, 0});
    EXPECT_TRUE(world.state.paused);
    world.press({Key::character, U'Z', 0, 0});
    EXPECT_FALSE(world.state.paused);
    EXPECT_EQ(world.press({Key::character, U'R', 0, 0})->kind, Command::Kind::toggle_recording);
    EXPECT_EQ(world.press({Key::character, U'[', 0, 0})->interval_ms, 250U);
    EXPECT_EQ(world.press({Key::character, U']', 0, 0})->interval_ms, 500U);
    EXPECT_EQ(world.press({Key::character, U'-', 0, 0})->interval_ms, 250U);
    EXPECT_EQ(world.press({Key::character, U'+', 0, 0})->interval_ms, 500U);
    for (int step = 0; step < 30; ++step) {
        world.press({Key::character, U'[', 0, 0});
    }
    EXPECT_EQ(world.state.interval_ms, kShortestIntervalMs);
    for (int step = 0; step < 30; ++step) {
        world.press({Key::character, U']', 0, 0});
    }
    EXPECT_EQ(world.state.interval_ms, kLongestIntervalMs);
}

TEST(Keys, a_signal_goes_to_what_was_selected_when_the_menu_opened_and_only_after_yes) {
    World world = world_of(80, 24);
    world.press(Key::down);  // 5002
    world.press(Key::f9);
    world.row(5000).state_ns[index(ThreadState::lock_wait)] = test::kIntervalNs;  // the table moves meanwhile
    world.state = settle(world.state, world.report);
    EXPECT_FALSE(world.press(Key::enter).has_value());
    EXPECT_THAT(text_of(world.draw(80, 24)),
                HasSubstr("SIGTERM to process swapped (5002), 1 thread? y: yes, any other key: no"));
    const auto command = world.press({Key::character, U'y', 0, 0});
    ASSERT_TRUE(command.has_value());
    EXPECT_EQ(command->kind, Command::Kind::send_signal);
    EXPECT_EQ(command->signal, SIGTERM);
    EXPECT_THAT(command->targets, testing::ElementsAre(Target{5002, 5002, 1000 + 5002, true, "swapped"}));
}

TEST(Keys, any_other_answer_sends_nothing) {
    World world = world_of(80, 24);
    world.press(Key::f9);
    world.press(Key::enter);
    EXPECT_FALSE(world.press(Key::enter).has_value());
    EXPECT_EQ(overlay_name(world.state), "");
    EXPECT_TRUE(world.state.menu.signal_targets.processes.empty());
}

TEST(Keys, a_signal_to_tagged_processes_names_each_whole_process) {
    World world = world_of(132, 43);
    world.press({Key::character, U'H', 0, 0});
    world.type("  k");
    world.press(Key::down);
    world.press(Key::enter);
    const auto command = world.press({Key::character, U'y', 0, 0});
    ASSERT_TRUE(command.has_value());
    EXPECT_EQ(command->signal, SIGSTKFLT);  // the one after SIGTERM
    ASSERT_EQ(command->targets.size(), 2U);
    EXPECT_EQ(command->targets[0], (Target{4121, 4121, 1000 + 4121, true, "mysqld"}));
}

TEST(Keys, filter_narrows_as_you_type_and_escape_brings_the_old_one_back) {
    World world = world_of(80, 24);
    world.press(Key::f4);
    world.type("conn");
    EXPECT_EQ(RowList(world.report, world.state.overview).size(), 2U);
    world.press(Key::backspace);
    EXPECT_EQ(world.state.overview.filter, "con");
    world.press(Key::escape);
    EXPECT_EQ(world.state.overview.filter, "");
    world.type("\\qh");  // letters that are keys elsewhere are text here
    world.press(Key::enter);
    EXPECT_EQ(world.state.overview.filter, "qh");
    EXPECT_THAT(text_of(world.draw(80, 24)), HasSubstr("filter \"qh\""));
    world.press(Key::escape);
    EXPECT_EQ(world.state.overview.filter, "");
}

TEST(Keys, search_jumps_while_typing_and_n_goes_round) {
    World world = world_of(80, 24);
    world.type("/");
    world.type("connection");
    world.press(Key::enter);
    EXPECT_EQ(world.state.overview.selected->thread.tid, 4178U);
    world.type("n");
    EXPECT_EQ(world.state.overview.selected->thread.tid, 4177U);
    world.type("n");
    EXPECT_EQ(world.state.overview.selected->thread.tid, 4178U);
    world.type("N");
    EXPECT_EQ(world.state.overview.selected->thread.tid, 4177U);
    world.state.overview.search = "nowhere";
    world.type("n");
    EXPECT_TRUE(world.state.message_is_warning);
    EXPECT_EQ(world.state.overview.selected->thread.tid, 4177U);
}

TEST(Keys, what_was_searched_for_is_held_wherever_the_order_puts_it) {
    World world = world_of(80, 9);
    world.type("/");
    world.type("connection");
    world.press(Key::enter);
    ASSERT_EQ(world.state.overview.selected->thread.tid, 4178U);
    for (const char* order : {"I", "P", "I", "M"}) {
        world.type(order);
        world.draw(80, 9);
        ASSERT_EQ(world.state.overview.selected->thread.tid, 4178U) << "after " << order;
    }
    world.press(Key::enter);
    ASSERT_TRUE(thread_on(world.state));
    EXPECT_EQ(world.state.thread.key.tid, 4178U);
}

TEST(Keys, the_cursor_lets_go_of_what_was_searched_for) {
    World world = world_of(80, 24);
    world.type("/");
    world.type("connection");
    world.press(Key::enter);
    EXPECT_TRUE(world.state.overview.searched);
    world.press(Key::down);
    EXPECT_FALSE(world.state.overview.searched);
}

TEST(Keys, digits_jump_to_a_tid) {
    World world = world_of(80, 24);
    world.type("5001");
    EXPECT_EQ(world.state.overview.selected->thread.tid, 5001U);
}

TEST(Keys, mode_changes_keep_the_thread_or_its_process) {
    World world = world_of(132, 43);
    world.type("4190");
    world.press(Key::f5);
    EXPECT_EQ(*world.state.overview.selected, (RowKey{{4190, 1000 + 4190}, false}));
    world.type("-");
    EXPECT_EQ(*world.state.overview.selected, (RowKey{{4121, 0}, true}));
    EXPECT_THAT(text_of(world.draw(132, 43)), testing::Not(HasSubstr("page_cleaner")));
    world.type("+");
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("page_cleaner"));
}

TEST(Keys, clicks_select_rows_sort_by_heads_and_press_the_bar) {
    World world = world_of(132, 43);
    const Layout layout = layout_of(world.report, world.state, 132, 43);
    world.press({Key::click, 0, 20, layout.table_y + 2});
    EXPECT_EQ(world.state.overview.selected->thread.tid, 4177U);
    for (const PlacedColumn& column : place_columns(world.state.overview, 132)) {
        if (column.head == "EXEC") {
            world.press({Key::click, 0, column.x + 1, layout.head_y});
        }
    }
    EXPECT_EQ(world.state.overview.sort_key, "exec_ns");
    EXPECT_TRUE(world.state.overview.descending);
    world.press({Key::click, 0, 1, 42});
    EXPECT_EQ(overlay_name(world.state), "help");
}

TEST(Keys, chosen_columns_come_and_go) {
    World world = world_of(80, 24);
    world.press(Key::f2);
    const std::vector<ColumnChoice> choices = column_choices(world.state.overview, 80);
    const auto find = [&](std::string_view key) {
        return std::find_if(choices.begin(), choices.end(), [&](const auto& choice) { return choice.key == key; });
    };
    world.state.menu.cursor = static_cast<std::size_t>(find("nice") - choices.begin());
    world.type(" ");
    world.state.menu.cursor = static_cast<std::size_t>(find("bar") - choices.begin());
    world.type(" ");
    world.press(Key::escape);
    const Layout layout = layout_of(world.report, world.state, 80, 24);
    const std::string head = world.draw(80, 24).line(layout.head_y);
    EXPECT_THAT(head, HasSubstr("NI"));
    EXPECT_THAT(head, testing::Not(HasSubstr("TIME WENT")));
}

std::string said(World& world, const KeyEvent& key) {
    world.press(key);
    return world.state.message;
}

TEST(UnboundKeys, are_named_on_every_screen) {
    World list = world_of(80, 24);
    EXPECT_EQ(said(list, {Key::character, U'X', 0, 0}), "X: no such key; ? lists them");
    EXPECT_EQ(said(list, {Key::character, U'X' - U'@', 0, 0}), "Ctrl-X: no such key; ? lists them");
    EXPECT_EQ(said(list, {Key::f11, 0, 0, 0}), "F11: no such key; ? lists them");
    EXPECT_EQ(said(list, {Key::insert, 0, 0, 0}), "Insert: no such key; ? lists them");
    EXPECT_EQ(said(list, {Key::unnamed, 0, 0, 0}), "no such key; ? lists them");
    EXPECT_EQ(said(list, letter(U'D')), "D: does nothing here; ? lists them");
    EXPECT_EQ(said(list, {Key::right, 0, 0, 0}), "Right: does nothing here; ? lists them");
    EXPECT_THAT(list.draw(80, 24).line(23), HasSubstr("Right: does nothing here"));
    EXPECT_EQ(said(list, {Key::down, 0, 0, 0}), "") << "the next key clears it";
    World tree = world_of(80, 24);
    tree.press(Key::f5);
    EXPECT_EQ(said(tree, {Key::right, 0, 0, 0}), "");
    World detail = world_of(80, 24);
    detail.press(Key::enter);
    ASSERT_TRUE(thread_on(detail.state));
    EXPECT_EQ(said(detail, {Key::character, U'X', 0, 0}), "X: no such key; ? lists them");
    EXPECT_EQ(said(detail, {Key::character, U'5', 0, 0}), "5: no such key; ? lists them");
    EXPECT_EQ(said(detail, {Key::character, U'P', 0, 0}), "P: does nothing here; ? lists them");
    EXPECT_EQ(said(detail, {Key::character, U'v', 0, 0}), "");
}

TEST(UnboundKeys, are_named_in_a_replay_where_its_own_keys_are_bound) {
    test::Played world;
    world.shown(80, 24);
    EXPECT_EQ(said(world, {Key::character, U'Q', 0, 0}), "Q: no such key; ? lists them");
    EXPECT_EQ(said(world, {Key::character, U'f', 0, 0}), "");
    EXPECT_EQ(said(world, {Key::right, 0, 0, 0}), "");
}

TEST(OverviewClass, enter_opens_the_thread_tab_walks_its_process_and_escape_returns) {
    World world = world_of(132, 43);
    Overview overview({world.machine, true, 500, std::nullopt, kSortLatency});
    overview.on_report(world.report);
    (void)overview.frame(132, 43);
    (void)overview.on_key({Key::enter, 0, 0, 0});
    EXPECT_THAT(text_of(overview.frame(132, 43)), HasSubstr("TID 4178 connection-18  of 4121 mysqld"));
    (void)overview.on_key({Key::tab, 0, 0, 0});
    EXPECT_THAT(text_of(overview.frame(132, 43)), HasSubstr("TID 4190 page_cleaner"));
    (void)overview.on_key({Key::tab, 0, 0, 0});
    EXPECT_THAT(text_of(overview.frame(132, 43)), HasSubstr("TID 4121 mysqld"));
    (void)overview.on_key({Key::back_tab, 0, 0, 0});
    EXPECT_EQ(overview.state().thread.key.tid, 4190U);
    (void)overview.on_key({Key::escape, 0, 0, 0});
    EXPECT_FALSE(thread_on(overview.state()));
}

TEST(OverviewClass, a_tid_from_the_command_line_opens_its_drill_down_or_says_that_there_is_none) {
    World world = world_of(80, 24);
    Overview found({world.machine, true, 500, 4190, kSortLatency});
    found.on_report(world.report);
    EXPECT_THAT(text_of(found.frame(80, 24)), HasSubstr("TID 4190 page_cleaner"));
    Overview missing({world.machine, true, 500, 99, kSortLatency});
    missing.on_report(world.report);
    EXPECT_THAT(text_of(missing.frame(80, 24)), HasSubstr("no thread has TID 99"));
}

}  // namespace
}  // namespace tsa
