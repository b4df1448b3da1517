// SPDX-License-Identifier: MIT
// See view_actions.h.
#include "tui/overview/view_actions.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/common_keys.h"
#include "tui/menus/menus.h"
#include "tui/overview/layout.h"
#include "tui/overview/page.h"
#include "tui/overview/row_keys.h"
#include "tui/process/part.h"
#include "tui/stack_times/page.h"
#include "tui/wakers/page.h"

namespace tsa {

void walk_trees(KeyPress& press) {
    const RowMode mode = press.state.overview.mode;
    const bool one_process = press.state.overview.tgid.has_value();
    RowMode next = RowMode::tree;
    if (mode == RowMode::tree) {
        next = one_process ? RowMode::threads : RowMode::parents;
    } else if (mode == RowMode::parents) {
        next = RowMode::threads;
    }
    set_mode(press.state, press.report, next);
}

void walk_modes(KeyPress& press) {
    const OverviewState& overview = press.state.overview;
    RowMode next = RowMode::processes;
    if (overview.mode == RowMode::processes) {
        next = overview.group || overview.tgid ? RowMode::threads : RowMode::groups;
    } else if (overview.mode == RowMode::groups) {
        next = RowMode::threads;
    }
    set_mode(press.state, press.report, next);
}

void turn_groups(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    if (overview.mode == RowMode::groups) {
        // Processes have another key: H.
        const auto next = (static_cast<std::size_t>(overview.by) + 1) % kGroupKeys.size();
        overview.by = kGroupKeys[std::max<std::size_t>(next, 1)].key;
        overview.selected.reset();
        overview.cursor = overview.scroll = 0;
    } else {
        overview.group.reset();
        set_mode(press.state, press.report, RowMode::groups);
    }
    press.state.message = fmt::format("groups by {}", info(overview.by).one);
}

void toggle_follow(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    const std::optional<RowRef> row = current_row(press.state, press.report);
    overview.follow = row && !overview.follow;
    if (overview.follow) {
        overview.selected = key_of(*row);
    }
}

// Unfolded, their line is at the top of the screen, if there are as many of them.
void show_ended(KeyPress& press, bool shown) {
    OverviewState& overview = press.state.overview;
    overview.show_ended = shown;
    if (shown) {
        overview.scroll = RowList(press.report, overview).living();
    }
}

void fold_or_pace(KeyPress& press, bool closed) {
    if (is_on_ended_line(press.state, press.report)) {
        show_ended(press, !closed);
    } else if (press.state.overview.mode == RowMode::tree || press.state.overview.mode == RowMode::parents) {
        fold(press.state, press.report, closed);
    } else if (press.event.key == Key::character) {
        act_as(press, letter(closed ? U'[' : U']'));
    } else {
        say_does_nothing(press);
    }
}

void fold_all(KeyPress& press) {
    if (press.state.overview.mode != RowMode::tree && press.state.overview.mode != RowMode::parents) {
        say_does_nothing(press);
        return;
    }
    press.state.overview.folded.clear();
    press.state.overview.all_folded = !press.state.overview.all_folded;
}

// If there is no room for single CPUs, or no data on them, that step is skipped.
void turn_header(KeyPress& press) {
    HeaderMode& header = press.state.overview.header;
    if (header == HeaderMode::normal) {
        header = HeaderMode::with_cpus;
        if (layout_of(press.report, press.state, press.state.width, press.state.height).cpu_rows > 0) {
            return;
        }
    }
    header = header == HeaderMode::with_cpus ? HeaderMode::brief : HeaderMode::normal;
}

void toggle_wakers(KeyPress& press) {
    if (warn_of_missing_wakers(press)) {
        return;
    }
    OverviewState& overview = press.state.overview;
    std::vector<std::string>& shown = overview.columns_shown;
    std::vector<std::string>& hidden = overview.columns_hidden;
    std::erase(hidden, kWokenBy);
    if (std::erase(shown, kWokenBy) == 0) {
        shown.emplace_back(kWokenBy);
    }
}

void toggle_network(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    const bool shown = network_is_shown(press.state);
    for (const std::string_view key : kNetworkColumns) {
        std::erase(overview.columns_hidden, key);
        std::erase(overview.columns_shown, key);
        if (!shown) {
            overview.columns_shown.emplace_back(key);
        } else if (overview.sort_key == key) {
            sort_rows_by(overview, kSortLatency, true);
        }
    }
}

void turn_command(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    const std::vector<PlacedColumn> columns = place_columns(overview, press.state.width);
    if (std::ranges::none_of(columns, [](const PlacedColumn& column) { return column.kind == CellKind::command; })) {
        std::erase(overview.columns_hidden, kCommandLine);
        std::erase(overview.columns_shown, kCommandLine);
        overview.columns_shown.emplace_back(kCommandLine);
        return;
    }
    switch (overview.command) {
        case CommandForm::line:
            overview.command = CommandForm::program;
            press.state.message = "command: the program's path";
            break;
        case CommandForm::program:
            overview.command = CommandForm::name;
            press.state.message = "command: the program's name";
            break;
        case CommandForm::name:
            overview.command = CommandForm::line;
            press.state.message = "command: the whole line";
            break;
    }
}

void columns_or_stacks(KeyPress& press) {
    if (!press.state.overview.tgid) {
        open_column_menu(press);
    } else {
        open_process_stack_times(press.state);
    }
}

void invert(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    sort_rows_by(overview, std::string(overview.sort_key), !overview.descending);
}

void toggle_fold(KeyPress& press) {
    const std::optional<RowRef> row = current_row(press.state, press.report);
    if (row && row->group == nullptr) {
        const OverviewState& overview = press.state.overview;
        const bool listed = std::ranges::find(overview.folded, row->process->tgid) != overview.folded.end();
        fold(press.state, press.report, listed == overview.all_folded);
    }
}

void fold_all_rows(KeyPress& press, bool closed) {
    press.state.overview.folded.clear();
    press.state.overview.all_folded = closed;
}

}  // namespace tsa
