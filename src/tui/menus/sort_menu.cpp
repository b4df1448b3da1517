// SPDX-License-Identifier: MIT
// The menu of sort keys.
#include <algorithm>

#include "model/derived_columns.h"
#include "tui/menus/menu.h"
#include "tui/menus/menus.h"
#include "tui/overview/row_keys.h"

namespace tsa {
namespace {

std::vector<SortChoice> choices_of(const ViewState& state) {
    return sort_choices(layer_of(state) != nullptr);
}

Menu sort_menu(const ViewState& state, const Report&, const Machine&) {
    Menu menu{"Sort by", "Enter selects, Esc leaves", {}, 11, state.menu.cursor};
    for (const SortChoice& choice : choices_of(state)) {
        const Role role = choice.key == state.overview.sort_key ? Role::tagged : Role::text;
        menu.lines.push_back(
            {std::string(choice.head), std::string(choice.help), role, {}, std::string(choice.head), {}});
    }
    return menu;
}

void pick_order(KeyPress& press) {
    ViewState& state = press.state;
    const SortChoice choice = choices_of(state)[state.menu.cursor];
    sort_rows_by(state.overview, choice.key, sorts_down(choice.key));
    close_page(state);
}

}  // namespace

constinit const Page kSortMenu{
    .name = "sort",
    .kind = PageKind::overlay,
    .menu = sort_menu,
    .pick = pick_order,
};

void open_sort_menu(KeyPress& press) {
    const std::vector<SortChoice> choices = choices_of(press.state);
    const auto now = std::ranges::find(choices, std::string_view(press.state.overview.sort_key), &SortChoice::key);
    open_menu(press.state, kSortMenu, now != choices.end() ? static_cast<std::size_t>(now - choices.begin()) : 0);
}

std::vector<SortChoice> sort_choices(bool in_replay) {
    std::vector<SortChoice> out{{kSortLatency, "DELAY", "time in delays: ready to continue, and could not"},
                                {kSortExecTotal, "EXEC+", "time on a CPU since first seen"},
                                {kSortIo, "IO/s", "bytes read from and written to storage"}};
    for (const Column& column : columns()) {
        if (column.key != kSortLatency) {
            out.push_back({column.key, column.head, column.help});
        }
    }
    for (const Column& column : derived_columns()) {
        out.push_back({column.key, column.head, column.help});
    }
    if (in_replay) {
        std::erase_if(out, [](const SortChoice& choice) { return choice.key == kSortExecTotal; });
    }
    return out;
}

}  // namespace tsa
