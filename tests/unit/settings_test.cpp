// SPDX-License-Identifier: MIT
// config.toml: what is read from it and written to it, what is wrong with it and where; and the screens' state made of
// it.
#include "settings/settings.h"

#include <gmock/gmock.h>

#include "app/commands/screen_settings.h"
#include "settings/settings_file.h"
#include "tui/overview/layout.h"
#include "tui/settings.h"
#include "tui/theme.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ScreenSettings unusual() {
    ScreenSettings settings;
    settings.keys = "vim";
    settings.theme = "light";
    settings.mode = "tree";
    settings.by = "container";
    settings.sort = "rss_bytes";
    settings.interval_ms = 100;
    settings.descending = settings.kernel_threads = false;
    settings.hide_idle = true;
    settings.columns = {"tid", "comm", "most", "wait_on"};
    settings.columns_shown = {"unit"};
    settings.columns_hidden = {"uid", "bar"};
    settings.header = "cpus";
    settings.bar = "recent";
    settings.command = "name";
    settings.save = "asked";
    settings.filters = {{"hot", "exec > 50 and not kernel"}, {"a-db", "post\"gres\\|mysql"}};
    settings.colors = {{"exec", "71 bold"}, {"idle", "dim"}};
    SavedScreen screen;
    screen.name = "db-2";
    screen.mode = "parents";
    screen.by = "pod";
    screen.sort = "priority";
    screen.filter = "user = 'post gres' or comm ~ \"x*\"";
    screen.user = "1000";
    screen.header = "brief";
    screen.blocked = true;
    screen.descending = false;
    screen.hide_idle = true;
    screen.columns = {"tid", "cpu_time_ns", "elapsed"};
    screen.columns_shown = {"unit"};
    screen.columns_hidden = {"uid"};
    settings.screens = {screen};
    return settings;
}

TEST(Settings, what_is_written_is_read_back) {
    ScreenSettings without_screens;
    without_screens.screens.clear();
    for (const ScreenSettings& settings : {ScreenSettings(), unusual(), without_screens}) {
        const std::string text = settings_text(settings);
        const auto read = read_settings(text, "config.toml");
        ASSERT_TRUE(read.ok()) << read.error().text() << "\n" << text;
        EXPECT_EQ(read.value(), settings) << text;
    }
}

TEST(Settings, every_setting_differs_in_that_test_and_reaches_the_screens) {
    const ScreenSettings defaults, other = unusual();
    ViewState state;
    apply_settings(other, state);
    ScreenSettings noted;
    note_settings(state, noted);
    for (const SettingRow& row : setting_rows()) {
        EXPECT_NE(value_of(defaults, row), value_of(other, row)) << row.key;
        if (row.key != "theme" && row.key != "save") {
            EXPECT_EQ(value_of(noted, row), value_of(other, row)) << row.key;
        }
    }
    EXPECT_EQ(noted.filters, other.filters);
    EXPECT_EQ(noted.screens, other.screens);
    for (const SettingOf<SavedScreen>& row : saved_screen_rows()) {
        EXPECT_NE(value_of(SavedScreen(), row), value_of(other.screens.front(), row)) << row.key;
    }
}

TEST(Settings, every_mode_of_the_rows_has_its_name) {
    for (const RowMode mode :
         {RowMode::threads, RowMode::processes, RowMode::tree, RowMode::groups, RowMode::parents}) {
        ViewState state, again;
        state.overview.mode = mode;
        ScreenSettings settings;
        note_settings(state, settings);
        apply_settings(settings, again);
        EXPECT_EQ(again.overview.mode, mode) << settings.mode;
    }
}

TEST(SavedScreens, the_one_that_is_shown_keeps_its_changes_and_the_main_one_is_the_settings) {
    ScreenSettings settings;
    settings.sort = "exec_ns";
    ViewState state;
    apply_settings(settings, state);
    ASSERT_EQ(state.screens.size(), 3U);
    state.screens = screens_now(state);
    state.screen = 1;
    put_view(state.screens[1], state.overview);
    EXPECT_EQ(state.overview.sort_key, "io_bytes");
    state.overview.sort_key = "write_bytes";
    ScreenSettings noted = settings;
    note_settings(state, noted);
    EXPECT_EQ(noted.sort, "exec_ns");
    EXPECT_EQ(noted.mode, "threads");
    ASSERT_EQ(noted.screens.size(), 2U);
    EXPECT_EQ(noted.screens[0].name, "io");
    EXPECT_EQ(noted.screens[0].sort, "write_bytes");
    EXPECT_EQ(noted.screens[1], settings.screens[1]);
    ScreenSettings file;
    file.theme = "light";
    take_changes(settings, noted, file);
    EXPECT_EQ(file.screens, noted.screens);
    EXPECT_EQ(file.theme, "light");
}

TEST(SavedScreens, have_their_header_and_what_narrows_them_down) {
    ViewState state;
    apply_settings({}, state);
    state.screens = screens_now(state);
    state.overview.uid = 33;
    state.overview.held_up = true;
    state.overview.header = HeaderMode::brief;
    const SavedScreen saved = view_of(state);
    EXPECT_EQ(saved.user, "33");
    EXPECT_TRUE(saved.blocked);
    EXPECT_EQ(saved.header, "brief");
    put_view(state.screens[1], state.overview);
    EXPECT_FALSE(state.overview.uid);
    EXPECT_FALSE(state.overview.held_up);
    EXPECT_EQ(state.overview.header, HeaderMode::normal);
    put_view(saved, state.overview);
    EXPECT_EQ(state.overview.uid, 33U);
    EXPECT_TRUE(state.overview.held_up);
    EXPECT_EQ(state.overview.header, HeaderMode::brief);
    EXPECT_FALSE(read_settings("[[screen]]\nname = \"a\"\nuser = \"root\"\n", "f").ok());
}

TEST(SavedScreens, a_file_without_any_has_the_first_two_and_one_with_others_has_only_these) {
    EXPECT_EQ(read_settings("keys = \"vim\"", "f").value().screens, first_saved_screens());
    EXPECT_TRUE(read_settings("screen = []", "f").value().screens.empty());
    const auto read = read_settings("[[screen]]\nname = \"a\"\nsort = \"mem\"\n[[screen]]\nname = \"b\"\n", "f");
    ASSERT_TRUE(read.ok()) << read.error().text();
    ASSERT_EQ(read.value().screens.size(), 2U);
    EXPECT_EQ(read.value().screens[0].sort, "rss_bytes");
    EXPECT_EQ(read.value().screens[1].name, "b");
}

TEST(Settings, a_process_or_group_that_is_open_is_not_a_mode) {
    ViewState state;
    state.overview.mode = RowMode::threads;
    state.overview.mode_before_process = RowMode::tree;
    state.overview.tgid = 5;
    ScreenSettings settings;
    note_settings(state, settings);
    EXPECT_EQ(settings.mode, "tree");
    state.overview.tgid.reset();
    state.overview.group = ChosenGroup{GroupKey::container, "web"};
    note_settings(state, settings);
    EXPECT_EQ(settings.mode, "groups");
    EXPECT_EQ(settings.by, "container");
}

struct Mistake {
    std::string_view text, error;
};

TEST(Settings, mistakes_are_named_with_their_line) {
    for (const Mistake& mistake : std::to_array<Mistake>({
             {"a = [", "config.toml:1: "},
             {"\n\ncolour = 1", "config.toml:3: there is no setting 'colour'; hint: one of keys"},
             {"thme = \"dark\"", "config.toml:1: there is no setting 'thme'; hint: did you mean theme?"},
             {"theme = \"drak\"", "config.toml:1: 'drak' is not a value of theme; hint: did you mean dark?"},
             {"theme = 5", "config.toml:1: theme: a value of another type; hint: text in quotes"},
             {"interval = 5", "config.toml:1: interval 5 is out of range; hint: 16 to 60000"},
             {"interval = -5", "config.toml:1: interval: not a value"},
             {"columns = [\"tdi\"]", "config.toml:1: there is no column 'tdi'; hint: did you mean tid?"},
             {"columns = [1]", "config.toml:1: columns: not a value"},
             {"sort = \"bar\"", "config.toml:1: rows cannot be sorted by bar"},
             {"[keys]\n", "config.toml:1: there is no section [keys]"},
             {"[filters]\nhot = \"exce > 1\"", "config.toml:2: hot: unknown name 'exce'; hint: did you mean exec?"},
             {"[filters]\n\"a b\" = \"x\"", "config.toml:2: a b: 'a b' is not a name of a filter"},
             {"[filters]\nhot = 5", "config.toml:2: hot: not a text"},
             {"[colors]\nexce = \"71\"", "config.toml:2: exce: there is no state 'exce'"},
             {"[colors]\nexec = \"pinkish\"", "config.toml:2: exec: 'pinkish' is not a color"},
             {"screen = 5", "config.toml:1: screen: not a list of screens"},
             {"[screen]\nname = \"a\"", "config.toml:1: screen: not a list of screens"},
             {"screen = [5]", "config.toml:1: a screen is a section"},
             {"[[screen]]\nsort = \"mem\"", "config.toml:1: '' is not a name of a screen"},
             {"[[screen]]\nname = \"main\"", "config.toml:2: 'main' is not a name of a screen"},
             {"[[screen]]\nname = \"a\"\nsort = \"bar\"", "config.toml:3: rows cannot be sorted by bar"},
             {"[[screen]]\nname = \"a\"\ntheme = \"dark\"", "config.toml:3: there is no setting 'theme'"},
             {"[[screen]]\nname = \"a\"\nfilter = \"exce > 1\"", "config.toml:3: unknown name 'exce'"},
             {"[[screen]]\nname = \"a\"\n[[screen]]\nname = \"a\"", "config.toml:3: there is a screen a already"},
         })) {
        const auto read = read_settings(mistake.text, "config.toml");
        ASSERT_FALSE(read.ok()) << mistake.text;
        EXPECT_THAT(read.error().text(), ::testing::StartsWith(std::string(mistake.error))) << mistake.text;
    }
    EXPECT_FALSE(read_settings(std::string(kMaxSettingsBytes + 1, '#'), "config.toml").ok());
}

TEST(Settings, columns_may_have_their_other_names) {
    const auto read =
        read_settings("columns = [\"pid\", \"name\", \"exec\", \"delay\", \"exec\"]\nsort = \"mem\"", "f");
    ASSERT_TRUE(read.ok()) << read.error().text();
    EXPECT_THAT(read.value().columns, ElementsAre("tgid", "comm", "exec_ns", "latency_ns"));
    EXPECT_EQ(read.value().sort, "rss_bytes");
}

TEST(Settings, every_column_of_the_menu_can_be_one_of_the_settings) {
    for (const ColumnChoice& choice : column_choices(OverviewState(), 200)) {
        const auto key = screen_column(choice.key);
        ASSERT_TRUE(key.ok()) << choice.key;
        EXPECT_EQ(key.value(), choice.key);
    }
}

TEST(Settings, only_changes_are_taken_over) {
    ScreenSettings before, now, file = unusual();
    now.hide_idle = true;
    now.columns = {"tid"};
    now.filters = {{"x", "y"}};
    take_changes(before, now, file);
    EXPECT_EQ(file.columns, now.columns);
    EXPECT_EQ(file.filters, now.filters);
    EXPECT_EQ(file.keys, "vim");
    EXPECT_EQ(file.interval_ms, 100U);
    EXPECT_EQ(file.colors, unusual().colors);
}

TEST(Settings, columns_are_exactly_those_in_their_order_as_far_as_they_fit) {
    OverviewState state;
    state.columns = {"wait_on", "comm", "exec_ns", "latency_ns"};
    std::vector<std::string_view> keys;
    for (const PlacedColumn& column : place_columns(state, 120)) {
        keys.push_back(column.key);
    }
    EXPECT_THAT(keys, ElementsAre("wait_on", "comm", "exec_ns", "latency_ns"));
    keys.clear();
    for (const PlacedColumn& column : place_columns(state, 36)) {
        keys.push_back(column.key);
    }
    EXPECT_THAT(keys, ElementsAre("wait_on", "comm", "latency_ns"));  // what rows are sorted by always stays
}

TEST(Settings, colors_replace_those_of_states) {
    const auto look = read_look("208 bold");
    ASSERT_TRUE(look.ok());
    EXPECT_EQ(look.value().color_256, 208);
    EXPECT_TRUE(look.value().bold);
    EXPECT_EQ(read_look("red").value().color_8, 1);
    EXPECT_FALSE(read_look("256").ok());
    EXPECT_FALSE(read_look("red blue").ok());
    Theme theme = *find_theme("dark");
    const std::pair<ThreadState, StateLook> changed{ThreadState::exec, look.value()};
    set_state_looks(theme, {&changed, 1});
    const auto at = kPlainRoles + index(ThreadState::exec);
    EXPECT_EQ(theme.looks[at].color_256, 208);
    EXPECT_EQ(theme.looks[at].color_8, find_theme("dark")->looks[at].color_8);
    EXPECT_EQ(theme.looks[at + 1].color_256, find_theme("dark")->looks[at + 1].color_256);
}

TEST(Settings, flags_override_the_file) {
    ScreenSettings settings;
    settings.kernel_threads = false;
    settings.theme = "light";
    ScreenFlags flags;
    apply_flags(flags, settings);
    EXPECT_FALSE(settings.kernel_threads);
    EXPECT_EQ(settings.theme, "light");
    flags.kernel_threads = true;
    flags.theme = "mono";
    flags.tree = true;
    flags.columns = {"tid"};
    apply_flags(flags, settings);
    EXPECT_TRUE(settings.kernel_threads);
    EXPECT_EQ(settings.theme, "mono");
    EXPECT_EQ(settings.mode, "tree");
    EXPECT_EQ(settings.columns, flags.columns);
}

}  // namespace
}  // namespace tsa
