// SPDX-License-Identifier: MIT
// The menu of columns: it stays open while columns are shown and hidden.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "tui/menus/menu.h"
#include "tui/menus/menus.h"
#include "tui/overview/layout.h"

namespace tsa {
namespace {

Menu column_menu(const ViewState& state, const Report&, const Machine&) {
    Menu menu{"Columns",
              "Space shows or hides, F7 F8 move, Ctrl-R resets, Ctrl-W saves, Esc leaves",
              {},
              24,
              state.menu.cursor};
    for (const ColumnChoice& choice : column_choices(state.overview, state.width)) {
        menu.lines.push_back({fmt::format("[{}] {}", choice.shown ? "x" : " ", choice.head),
                              std::string(choice.help),
                              Role::text,
                              {},
                              std::string(choice.head),
                              {}});
    }
    return menu;
}

void toggle(OverviewState& overview, const ColumnChoice& choice) {
    if (!overview.columns.empty()) {
        if (std::erase(overview.columns, choice.key) == 0) {
            overview.columns.emplace_back(choice.key);
        }
        return;
    }
    std::erase(overview.columns_shown, choice.key);
    std::erase(overview.columns_hidden, choice.key);
    (choice.shown ? overview.columns_hidden : overview.columns_shown).emplace_back(choice.key);
}

void toggle_column(KeyPress& press) {
    ViewState& state = press.state;
    state.menu.typed.clear();
    const std::vector<ColumnChoice> choices = column_choices(state.overview, state.width);
    if (state.menu.cursor < choices.size()) {
        toggle(state.overview, choices[state.menu.cursor]);
    }
}

/// One place to the left or right; from then on the list is exactly that which is on the screen.
void move_column(KeyPress& press, bool later) {
    ViewState& state = press.state;
    OverviewState& overview = state.overview;
    const std::vector<ColumnChoice> choices = column_choices(overview, state.width);
    if (state.menu.cursor >= choices.size()) {
        return;
    }
    const std::string key(choices[state.menu.cursor].key);
    std::vector<std::string> columns = overview.columns;
    if (columns.empty()) {
        for (const PlacedColumn& column : place_columns(overview, state.width)) {
            columns.emplace_back(column.key);
        }
    }
    const auto found = std::ranges::find(columns, key);
    if (found == columns.end()) {
        press.warn("Space shows it first");
        return;
    }
    const auto other = later ? std::next(found) : found;
    if (later ? other == columns.end() : found == columns.begin()) {
        return;
    }
    std::iter_swap(found, later ? other : std::prev(found));
    overview.columns = std::move(columns);
    overview.columns_shown.clear();
    overview.columns_hidden.clear();
    const std::vector<ColumnChoice> moved = column_choices(overview, state.width);
    const auto at = std::ranges::find(moved, key, &ColumnChoice::key);
    state.menu.cursor = static_cast<std::size_t>(at - moved.begin());
}

void reset_columns(OverviewState& overview) {
    overview.columns.clear();
    overview.columns_shown.clear();
    overview.columns_hidden.clear();
}

void save(KeyPress& press) {
    if (press.state.replay) {
        press.warn("a replay does not write settings");
        return;
    }
    Command command;
    command.kind = Command::Kind::save_settings;
    press.command = std::move(command);
}

bool column_key(KeyPress& press) {
    if (same_key(press.event, letter(U' '))) {
        toggle_column(press);
    } else if (same_key(press.event, control(U'R'))) {
        reset_columns(press.state.overview);
    } else if (press.event.key == Key::f7 || press.event.key == Key::f8) {
        move_column(press, press.event.key == Key::f8);
    } else if (same_key(press.event, control(U'W'))) {
        save(press);
    } else {
        return false;
    }
    return true;
}

}  // namespace

constinit const Page kColumnMenu{
    .name = "columns",
    .kind = PageKind::overlay,
    .type = column_key,
    .menu = column_menu,
    .pick = toggle_column,
};

void open_column_menu(KeyPress& press) {
    open_menu(press.state, kColumnMenu);
}

}  // namespace tsa
