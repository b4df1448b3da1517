// SPDX-License-Identifier: MIT
// The filter as an expression: which rows it leaves, what its prompt shows, and filters by name. The keys of vi, ranges
// and what is copied.
#include <gmock/gmock.h>

#include "tui/overview/condition.h"
#include "tui/overview/rows.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::overlay_name;
using test::World;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

World filled(int width = 80, int height = 24) {
    World world;
    world.fill();
    world.draw(width, height);
    return world;
}

std::vector<std::uint32_t> tids(World& world) {
    RowList list(world.report, world.state.overview);
    std::vector<std::uint32_t> out;
    for (const RowRef& row : list.rows(0, list.living())) {
        out.push_back(thread_of(row).tid);
    }
    return out;
}

std::string bottom(World& world, int from_bottom = 1) {
    return world.draw(world.state.width, world.state.height).line(world.state.height - from_bottom);
}

TEST(ExpressionFilter, takes_effect_when_it_is_whole) {
    World world = filled();
    const std::size_t all = tids(world).size();
    world.press(Key::f4);
    world.type("exec >");
    EXPECT_EQ(tids(world).size(), all);
    EXPECT_THAT(bottom(world), HasSubstr("^ a value is missing"));
    EXPECT_THAT(bottom(world, 2), HasSubstr("Filter: exec >"));
    world.type(" 1 and user = mysql");
    const auto rows = tids(world);
    EXPECT_LT(rows.size(), all);
    for (const ThreadRow& row : world.report.threads) {
        const double exec = 100.0 * static_cast<double>(row.state_ns[index(ThreadState::exec)]) / test::kIntervalNs;
        const bool is_listed = std::ranges::find(rows, row.now->tid) != rows.end();
        EXPECT_EQ(is_listed, exec > 1 && row.now->uid == 27) << row.now->tid;
    }
    world.press(Key::enter);
    EXPECT_EQ(overlay_name(world.state), "");
    EXPECT_EQ(tids(world), rows);
    world.press(Key::escape);
    EXPECT_EQ(tids(world).size(), all);
    EXPECT_EQ(world.state.overview.condition, nullptr);
}

TEST(ExpressionFilter, mistakes_are_marked_and_keep_the_prompt_open) {
    World world = filled();
    world.press(Key::f4);
    world.type("exce > 1");
    EXPECT_THAT(bottom(world), HasSubstr("        ^^^^ unknown name 'exce'; did you mean exec?"));
    world.press(Key::enter);
    EXPECT_EQ(overlay_name(world.state), "filter");
    world.press(Key::escape);
    EXPECT_EQ(overlay_name(world.state), "");
    EXPECT_EQ(world.state.overview.filter, "");
}

TEST(ExpressionFilter, plain_text_is_what_it_was) {
    World world = filled();
    world.press(Key::f4);
    world.type("exec");
    EXPECT_EQ(world.state.overview.condition, nullptr);
    EXPECT_EQ(world.state.overview.filter, "exec");
}

TEST(ExpressionFilter, tab_completes_names) {
    World world = filled();
    world.press(Key::f4);
    world.type("cpu_wait_p");
    world.press(Key::tab);
    EXPECT_EQ(world.state.menu.prompt, "cpu_wait_preempted ");
    world.type("> 1 a");
    world.press(Key::tab);
    EXPECT_EQ(world.state.menu.prompt, "cpu_wait_preempted > 1 and ");
    world.type("co");
    world.press(Key::tab);
    EXPECT_THAT(bottom(world), HasSubstr("comm  container"));
}

TEST(ExpressionFilter, a_process_has_its_sums) {
    World world = filled();
    world.state.overview.mode = RowMode::processes;
    double most = 0;
    for (const ProcessRow& row : world.report.processes) {
        most = std::max(most, 100.0 * static_cast<double>(row.state_ns[index(ThreadState::exec)]) / test::kIntervalNs);
    }
    EXPECT_TRUE(set_filter(world.state.overview, fmt::format("exec > {}", most - 0.5), world.machine));
    EXPECT_EQ(tids(world).size(), 1U);
    EXPECT_TRUE(set_filter(world.state.overview, fmt::format("exec > {}", most + 0.5), world.machine));
    EXPECT_EQ(tids(world).size(), 0U);
}

TEST(NamedFilters, are_added_used_and_removed_in_the_prompt) {
    World world = filled();
    world.press(Key::f4);
    world.type("@hot = exec > 1");
    world.press(Key::enter);
    ASSERT_EQ(world.state.filters.size(), 1U);
    EXPECT_EQ(world.state.filters[0], (NamedFilter{"hot", "exec > 1"}));
    const auto rows = tids(world);
    world.press(Key::escape);
    world.press(Key::f4);
    world.type("@h");
    world.press(Key::tab);
    world.press(Key::enter);
    EXPECT_EQ(world.state.overview.filter, "exec > 1");
    EXPECT_EQ(tids(world), rows);
    world.press(Key::escape);
    world.press(Key::f4);
    world.type("@none");
    world.press(Key::enter);
    EXPECT_THAT(bottom(world), HasSubstr("there is no filter @none"));
    world.press(Key::escape);
    world.press(Key::f4);
    world.type("@hot =");
    world.press(Key::enter);
    EXPECT_TRUE(world.state.filters.empty());
}

KeyEvent key(char32_t character) {
    return letter(character);
}

std::size_t cursor(World& world) {
    return world.state.overview.cursor;
}

void press(World& world, const KeyEvent& event) {
    world.state = handle_key(std::move(world.state), event, world.report, world.machine).state;
    world.draw(world.state.width, world.state.height);
}

TEST(VimKeys, move_and_go_back) {
    World world = filled();
    world.state.key_set = KeySet::vim;
    press(world, key(U'j'));
    press(world, key(U'j'));
    EXPECT_EQ(cursor(world), 2U);
    press(world, key(U'k'));
    EXPECT_EQ(cursor(world), 1U);
    press(world, key(U'G'));
    EXPECT_GT(cursor(world), 2U);
    press(world, control(U'O'));
    EXPECT_EQ(cursor(world), 1U);
    press(world, control(U'O'));
    EXPECT_EQ(world.state.message, "no earlier row to go back to");
    press(world, control(U'D'));
    EXPECT_GT(cursor(world), 2U);
    press(world, control(U'U'));
    EXPECT_EQ(cursor(world), 1U);
    press(world, key(U'g'));
    EXPECT_EQ(cursor(world), 1U);
    EXPECT_THAT(bottom(world), HasSubstr("g top"));
    press(world, key(U'g'));
    EXPECT_EQ(cursor(world), 0U);
    press(world, key(U'g'));
    press(world, key(U'x'));
    EXPECT_EQ(world.state.message, "gx: no such key; ? lists them");
}

TEST(VimKeys, fold_the_tree) {
    World world = filled();
    world.state.key_set = KeySet::vim;
    press(world, key(U't'));
    const std::size_t all = tids(world).size();
    press(world, key(U'z'));
    press(world, key(U'M'));
    const std::size_t folded = tids(world).size();
    EXPECT_LT(folded, all);
    press(world, key(U'z'));
    press(world, key(U'o'));
    const std::size_t one_open = tids(world).size();
    EXPECT_GE(one_open, folded);
    press(world, key(U'z'));
    press(world, key(U'c'));
    EXPECT_EQ(tids(world).size(), folded);
    press(world, key(U'z'));
    press(world, key(U'a'));
    EXPECT_EQ(tids(world).size(), one_open);
    press(world, key(U'h'));
    EXPECT_EQ(tids(world).size(), folded);
    press(world, key(U'l'));
    EXPECT_EQ(tids(world).size(), one_open);
    press(world, key(U'z'));
    press(world, key(U'R'));
    EXPECT_EQ(tids(world).size(), all);
    press(world, key(U'Z'));
    EXPECT_TRUE(world.state.paused);
}

TEST(VimKeys, are_those_of_htop_without_the_setting) {
    World world = filled();
    press(world, key(U'z'));
    EXPECT_TRUE(world.state.paused);
    press(world, key(U'k'));
    EXPECT_EQ(overlay_name(world.state), "signals");
}

TEST(Range, tags_from_its_beginning_to_the_cursor) {
    World world = filled();
    const auto rows = tids(world);
    press(world, special(Key::down));
    press(world, key(U'V'));
    press(world, special(Key::down));
    press(world, special(Key::down));
    std::vector<std::uint32_t> tagged;
    for (const RowKey& row : world.state.overview.tagged) {
        tagged.push_back(row.thread.tid);
    }
    EXPECT_THAT(tagged, ElementsAre(rows[1], rows[2], rows[3]));
    press(world, special(Key::up));
    EXPECT_EQ(world.state.overview.tagged.size(), 2U);
    press(world, key(U' '));
    press(world, special(Key::down));
    EXPECT_EQ(world.state.overview.tagged.size(), 2U);  // kept
    press(world, key(U'V'));
    press(world, special(Key::down));
    EXPECT_EQ(world.state.overview.tagged.size(), 4U);
    press(world, special(Key::escape));
    EXPECT_EQ(world.state.overview.tagged.size(), 2U);
}

std::optional<Command> command_of(World& world, const KeyEvent& event) {
    KeyResult result = handle_key(world.state, event, world.report, world.machine);
    world.state = std::move(result.state);
    return result.command;
}

TEST(Yank, a_letter_copies_what_it_names) {
    World world = filled();
    const auto rows = tids(world);
    for (const auto& [what, wanted] : {std::pair{U't', fmt::format("{}", rows[0])}}) {
        EXPECT_FALSE(command_of(world, key(U'y')));
        EXPECT_EQ(overlay_name(world.state), "yank");
        const auto command = command_of(world, key(what));
        ASSERT_TRUE(command);
        EXPECT_EQ(command->kind, Command::Kind::yank);
        EXPECT_EQ(command->text, wanted);
        EXPECT_EQ(overlay_name(world.state), "");
    }
    command_of(world, key(U'V'));
    command_of(world, special(Key::down));
    command_of(world, key(U'y'));
    const auto both = command_of(world, key(U't'));
    ASSERT_TRUE(both);
    EXPECT_EQ(both->text, fmt::format("{}\n{}", rows[0], rows[1]));
    EXPECT_EQ(both->text_name, "thread ID of 2 rows");
    command_of(world, key(U'y'));
    EXPECT_FALSE(command_of(world, key(U'u')));
    EXPECT_EQ(world.state.message, "this row has no unit");
}

TEST(ColumnMenu, moves_columns_and_asks_to_save) {
    World world = filled();
    press(world, special(Key::f2));
    press(world, special(Key::f8));
    const auto& columns = world.state.overview.columns;
    ASSERT_GT(columns.size(), 3U);
    EXPECT_EQ(columns[0], "tid");
    EXPECT_NE(columns[1], "comm");
    EXPECT_EQ(columns[2], "comm");
    press(world, special(Key::f7));
    EXPECT_EQ(world.state.overview.columns[1], "comm");
    press(world, letter(U' '));
    EXPECT_EQ(std::ranges::count(world.state.overview.columns, "comm"), 0);
    const auto saves = command_of(world, control(U'W'));
    ASSERT_TRUE(saves);
    EXPECT_EQ(saves->kind, Command::Kind::save_settings);
    press(world, control(U'R'));
    EXPECT_TRUE(world.state.overview.columns.empty());
}

}  // namespace
}  // namespace tsa
