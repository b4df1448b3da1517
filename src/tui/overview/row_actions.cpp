// SPDX-License-Identifier: MIT
// See row_actions.h.
#include "tui/overview/row_actions.h"

#include <algorithm>

#include "model/wait_labels.h"
#include "tui/common_keys.h"
#include "tui/overview/condition.h"
#include "tui/overview/layout.h"
#include "tui/overview/row_keys.h"
#include "tui/overview/view_actions.h"
#include "tui/process/part.h"
#include "tui/stacks/page.h"
#include "tui/thread/page.h"

namespace tsa {
namespace {

/// Of a process: its most delayed thread, without one its main thread.
const Thread& thread_to_open(const RowRef& row, const Report& report) {
    if (row.thread != nullptr || row.process->threads <= 1) {
        return thread_of(row);
    }
    const Thread* worst = row.process->leader;
    std::uint64_t most_ns = 0;
    for (const ThreadRow& thread : report.threads) {
        if (thread.now->tgid == row.process->tgid && shown_delay_ns(report, thread) > most_ns) {
            most_ns = shown_delay_ns(report, thread);
            worst = thread.now;
        }
    }
    return *worst;
}

/// On the head of the sorted column: the other way round.
void click_head(KeyPress& press, std::string_view key) {
    OverviewState& overview = press.state.overview;
    if (key == kSortExecTotal && press.state.replay) {
        press.warn(std::string(kNoTotalsInReplay));
    } else if (overview.sort_key == key) {
        sort_rows_by(overview, key, !overview.descending);
    } else {
        sort_rows_by(overview, key, sorts_down(key));
    }
}

}  // namespace

void go_back(KeyPress& press) {
    if (jump_back(press.state, press.report)) {
        return;
    }
    if (press.state.overview.tgid) {
        leave_process(press.state, press.report);
    } else if (press.state.overview.group) {
        leave_group(press.state, press.report);
    } else {
        press.state.message = "no earlier row to go back to";
    }
}

void select_range(KeyPress& press) {
    toggle_visual(press.state, press.report);
}

void tag(KeyPress& press) {
    if (press.state.overview.visual) {
        press.state.overview.visual.reset();
        return;
    }
    if (const auto row = current_row(press.state, press.report)) {
        toggle_tag(press.state, key_of(*row));
        move_cursor(press.state, press.report, CursorMove::down);
    }
}

void tag_group(KeyPress& press) {
    tag_process(press.state, press.report);
}

void untag(KeyPress& press) {
    press.state.overview.tagged.clear();
}

void clear_filters(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    if (overview.visual) {
        overview.tagged = overview.visual->tagged_before;
        overview.visual.reset();
    } else if (overview.tgid) {
        leave_process(press.state, press.report);
    } else if (overview.group) {
        leave_group(press.state, press.report);
    } else if (!overview.filter.empty() || overview.uid || overview.hide_idle || overview.held_up ||
               !overview.kernel_threads) {
        overview.filter.clear();
        overview.condition.reset();
        overview.uid.reset();
        overview.hide_idle = false;
        overview.held_up = false;
        overview.kernel_threads = true;
    } else {
        overview.tagged.clear();
        overview.follow = false;
    }
}

void open_row(KeyPress& press) {
    if (is_on_ended_line(press.state, press.report)) {
        show_ended(press, !press.state.overview.show_ended);
    } else if (const std::optional<RowRef> row = current_row(press.state, press.report)) {
        if (row->group != nullptr) {
            open_group(press.state, *row->group);
        } else if (row->thread == nullptr && row->process->threads > 1) {
            open_process(press.state, row->process->tgid);
        } else {
            open_thread(press.state, key_of(thread_to_open(*row, press.report)), row->process->tgid);
        }
    }
}

void show_stack(KeyPress& press) {
    if (const std::optional<RowRef> row = current_row(press.state, press.report); row && row->group == nullptr) {
        open_stack_of(press.state, key_of(thread_to_open(*row, press.report)), row->process->tgid);
    } else {
        say_does_nothing(press);
    }
}

bool type_digits(KeyPress& press) {
    const KeyEvent& event = press.event;
    if (event.key == Key::character && event.character >= U'0' && event.character <= U'9') {
        type_digit(press.state, press.report, static_cast<char>(event.character));
        return true;
    }
    press.state.overview.digits.clear();
    return false;
}

bool click(KeyPress& press) {
    ViewState& state = press.state;
    const KeyEvent& event = press.event;
    const Layout layout = layout_of(press.report, state, state.width, state.height);
    if (event.y == layout.head_y) {
        for (const PlacedColumn& column : place_columns(state.overview, state.width)) {
            if (column.sortable() && event.x >= column.x && event.x < column.x + column.width) {
                click_head(press, column.key);
            }
        }
    } else if (event.y >= layout.table_y && event.y < layout.table_y + layout.table_rows) {
        const std::optional<RowKey> before = state.overview.selected;
        RowList list(press.report, state.overview);
        state.overview.scroll = place(list, state.overview, page_rows(state, press.report)).scroll;
        const std::size_t at = state.overview.scroll + static_cast<std::size_t>(event.y - layout.table_y);
        select_row(state, list, at, press.report);
        if (at < list.size() && before && before == state.overview.selected) {
            open_row(press);  // a second click
        }
    }
    return true;
}

}  // namespace tsa
