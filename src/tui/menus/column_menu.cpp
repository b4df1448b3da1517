// SPDX-License-Identifier: MIT
// The menu of columns: it stays open while columns are shown and hidden.
#include <fmt/format.h>

#include "tui/menus/menu.h"
#include "tui/menus/menus.h"
#include "tui/overview/layout.h"

namespace tsa {
namespace {

Menu column_menu(const ViewState& state, const Report&, const Machine&) {
    Menu menu{"Columns", "Space shows or hides, Ctrl-R resets, Esc leaves", {}, 24, state.menu.cursor};
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

void toggle_column(KeyPress& press) {
    ViewState& state = press.state;
    state.menu.typed.clear();
    const std::vector<ColumnChoice> choices = column_choices(state.overview, state.width);
    if (state.menu.cursor >= choices.size()) {
        return;
    }
    const ColumnChoice& choice = choices[state.menu.cursor];
    std::erase(state.overview.columns_shown, choice.key);
    std::erase(state.overview.columns_hidden, choice.key);
    (choice.shown ? state.overview.columns_hidden : state.overview.columns_shown).emplace_back(choice.key);
}

bool toggle_or_reset(KeyPress& press) {
    if (same_key(press.event, letter(U' '))) {
        toggle_column(press);
    } else if (same_key(press.event, control(U'R'))) {
        press.state.overview.columns_shown.clear();
        press.state.overview.columns_hidden.clear();
    } else {
        return false;
    }
    return true;
}

}  // namespace

constinit const Page kColumnMenu{
    .name = "columns",
    .kind = PageKind::overlay,
    .type = toggle_or_reset,
    .menu = column_menu,
    .pick = toggle_column,
};

void open_column_menu(KeyPress& press) {
    open_menu(press.state, kColumnMenu);
}

}  // namespace tsa
