// SPDX-License-Identifier: MIT
// See row_keys.h.
#include "tui/overview/row_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/overview/layout.h"
#include "tui/text.h"

namespace tsa {

std::size_t page_rows(const ViewState& state, const Report& report) {
    return static_cast<std::size_t>(layout_of(report, state, state.width, state.height).table_rows);
}

void select_row(ViewState& state, RowList& list, std::size_t at, const Report& report) {
    const std::vector<RowRef> rows = list.rows(at, 1);
    if (rows.empty()) {
        return;
    }
    state.overview.cursor = at;
    state.overview.selected = key_of(rows.front());
    state.overview.searched = false;
    const std::size_t height = std::max<std::size_t>(page_rows(state, report), 1);
    state.overview.scroll = std::min(state.overview.scroll, at);
    if (at >= state.overview.scroll + height) {
        state.overview.scroll = at - height + 1;
    }
}

void select_key(ViewState& state, const RowKey& key, const Report& report) {
    state.overview.cursor = state.overview.scroll = 0;
    state.overview.selected.reset();
    RowList list(report, state.overview);
    if (const auto at = list.index_of(key)) {
        select_row(state, list, *at, report);
    }
}

// The row under the cursor, as shown on the screen.
std::optional<RowRef> current_row(const ViewState& state, const Report& report) {
    RowList list(report, state.overview);
    const std::vector<RowRef> rows = list.rows(place(list, state.overview, page_rows(state, report)).cursor, 1);
    return rows.empty() || rows.front().is_ended_line() ? std::nullopt : std::optional(rows.front());
}

bool is_on_ended_line(const ViewState& state, const Report& report) {
    const RowList list(report, state.overview);
    return list.ended() > 0 && place(list, state.overview, page_rows(state, report)).cursor == list.living();
}

void sort_rows_by(OverviewState& state, std::string_view key, bool descending) {
    state.sort_key = key;
    state.descending = descending;
    state.sort_again = true;
    if (!state.follow && !state.searched) {
        state.selected.reset();
        state.cursor = state.scroll = 0;
    }
}

bool sorts_down(std::string_view key) {
    const Column* column = find_column(key);
    return column == nullptr || (column->unit != Unit::text && column->unit != Unit::identifier);
}

void move_cursor(ViewState& state, const Report& report, CursorMove move) {
    RowList list(report, state.overview);
    if (list.size() == 0) {
        return;
    }
    const std::size_t page = std::max<std::size_t>(page_rows(state, report), 1);
    const Place at = place(list, state.overview, page);
    state.overview.scroll = at.scroll;
    if (move == CursorMove::first) {  // the top row, whatever it is
        state.overview.selected.reset();
        state.overview.searched = false;
        state.overview.cursor = state.overview.scroll = 0;
        return;
    }
    select_row(state, list, moved(at.cursor, list.size() - 1, page, move), report);
}

namespace {

// After the mode has changed: stay on the same thread, or on its process.
void reselect(ViewState& state, const Report& report, const std::optional<RowRef>& was) {
    if (!state.overview.selected || !was) {
        state.overview.cursor = state.overview.scroll = 0;
        state.overview.selected.reset();
        return;
    }
    RowList list(report, state.overview);
    const Thread& thread = thread_of(*was);
    for (const RowKey& key : {RowKey{key_of(thread), false}, RowKey{{thread.tgid, 0}, true}}) {
        if (const auto at = list.index_of(key)) {
            select_row(state, list, *at, report);
            return;
        }
    }
    state.overview.cursor = state.overview.scroll = 0;
    state.overview.selected.reset();
}

// A tag outlives a filter, but not its thread or process.
void drop_dead_tags(ViewState& state, const Report& report) {
    if (state.overview.tagged.empty()) {
        return;
    }
    std::vector<std::uint32_t> tids;
    for (const RowKey& key : state.overview.tagged) {
        tids.push_back(key.thread.tid);
    }
    std::sort(tids.begin(), tids.end());
    std::vector<RowKey> alive;
    for (const ThreadRow& row : report.threads) {
        if (std::binary_search(tids.begin(), tids.end(), row.now->tid)) {
            alive.push_back({key_of(*row.now), false});
        }
    }
    for (const ProcessRow& row : report.processes) {
        if (row.threads > 0 && std::binary_search(tids.begin(), tids.end(), row.tgid)) {
            alive.push_back({{row.tgid, 0}, true});
        }
    }
    std::erase_if(state.overview.tagged,
                  [&](const RowKey& key) { return std::find(alive.begin(), alive.end(), key) == alive.end(); });
}

}  // namespace

void set_mode(ViewState& state, const Report& report, RowMode mode) {
    const std::optional<RowRef> was = current_row(state, report);
    state.overview.mode = mode;
    state.overview.tagged.clear();
    reselect(state, report, was);
}

void open_process(ViewState& state, std::uint32_t tgid) {
    OverviewState& overview = state.overview;
    if (!overview.tgid) {
        overview.mode_before_process = overview.mode;
    }
    overview.tgid = tgid;
    overview.mode = RowMode::threads;
    overview.selected.reset();
    overview.cursor = overview.scroll = 0;
}

void open_group(ViewState& state, const GroupRow& group) {
    OverviewState& overview = state.overview;
    overview.group = ChosenGroup{overview.by, group.name};
    overview.mode = RowMode::processes;
    overview.selected.reset();
    overview.tagged.clear();
    overview.cursor = overview.scroll = 0;
}

void leave_group(ViewState& state, const Report& report) {
    OverviewState& overview = state.overview;
    overview.by = overview.group->key;
    const std::string name = overview.group->name;
    overview.group.reset();
    overview.mode = RowMode::groups;
    overview.tagged.clear();
    select_key(state, key_of_group(name), report);
}

void fold(ViewState& state, const Report& report, bool closed) {
    const std::optional<RowRef> row = current_row(state, report);
    if (!row || row->group != nullptr) {
        return;
    }
    const std::uint32_t tgid = row->process->tgid;
    std::erase(state.overview.folded, tgid);
    if (closed != state.overview.all_folded) {
        state.overview.folded.push_back(tgid);
    }
    state.overview.selected = RowKey{{tgid, 0}, true};
    RowList list(report, state.overview);
    if (const auto at = list.index_of(*state.overview.selected)) {
        select_row(state, list, *at, report);
    }
}

void toggle_tag(ViewState& state, const RowKey& key) {
    if (std::erase(state.overview.tagged, key) == 0) {
        state.overview.tagged.push_back(key);
    }
}

void tag_process(ViewState& state, const Report& report) {
    const std::optional<RowRef> row = current_row(state, report);
    if (!row || row->group != nullptr) {
        return;
    }
    RowList list(report, state.overview);
    for (const RowRef& other : list.rows(0, list.size())) {
        const RowKey key = key_of(other);
        const bool wanted =
            other.process == row->process && (state.overview.mode == RowMode::threads || other.thread == nullptr);
        if (wanted &&
            std::find(state.overview.tagged.begin(), state.overview.tagged.end(), key) == state.overview.tagged.end()) {
            state.overview.tagged.push_back(key);
        }
    }
}

void toggle_visual(ViewState& state, const Report& report) {
    OverviewState& overview = state.overview;
    if (overview.visual) {
        overview.visual.reset();
    } else if (const std::optional<RowRef> row = current_row(state, report); row && row->group == nullptr) {
        overview.selected = key_of(*row);
        overview.visual = VisualRange{*overview.selected, overview.tagged};
    }
}

void extend_visual(ViewState& state, const Report& report) {
    OverviewState& overview = state.overview;
    if (!overview.visual) {
        return;
    }
    RowList list(report, overview);
    const std::optional<std::size_t> anchor = list.index_of(overview.visual->anchor);
    if (!anchor) {
        overview.visual.reset();  // the row has ended, or is filtered away
        return;
    }
    const std::size_t cursor = place(list, overview, page_rows(state, report)).cursor;
    const auto [first, last] = std::minmax(*anchor, cursor);
    const std::vector<RowKey>& before = overview.visual->tagged_before;
    overview.tagged = before;
    for (const RowRef& row : list.rows(first, last - first + 1)) {
        const RowKey key = key_of(row);
        if (!row.is_ended_line() && !row.ended && std::ranges::find(before, key) == before.end()) {
            overview.tagged.push_back(key);
        }
    }
}

void note_jump(ViewState& state, const Report& report) {
    constexpr std::size_t kMostJumps = 64;
    std::vector<RowKey>& jumps = state.overview.jumps;
    const std::optional<RowRef> row = current_row(state, report);
    if (!row || (!jumps.empty() && jumps.back() == key_of(*row))) {
        return;
    }
    if (jumps.size() == kMostJumps) {
        jumps.erase(jumps.begin());
    }
    jumps.push_back(key_of(*row));
}

bool jump_back(ViewState& state, const Report& report) {
    OverviewState& overview = state.overview;
    RowList list(report, overview);
    const std::size_t now = place(list, overview, page_rows(state, report)).cursor;
    while (!overview.jumps.empty()) {
        const std::optional<std::size_t> at = list.index_of(overview.jumps.back());
        overview.jumps.pop_back();
        if (at && *at != now) {
            select_row(state, list, *at, report);
            return true;
        }
    }
    return false;
}

void type_digit(ViewState& state, const Report& report, char digit) {
    state.overview.digits += digit;
    RowList list(report, state.overview);
    const std::vector<RowRef> rows = list.rows(0, list.size());
    for (std::size_t at = 0; at < rows.size(); ++at) {
        if (rows[at].is_ended_line()) {
            continue;
        }
        const std::uint32_t tid = rows[at].thread != nullptr ? rows[at].thread->now->tid : rows[at].process->tgid;
        if (fmt::format("{}", tid) == state.overview.digits) {
            note_jump(state, report);
            select_row(state, list, at, report);
            state.overview.searched = true;
        }
    }
    state.message = fmt::format("TID {}", state.overview.digits);
}

namespace {

bool is_found(const Report& report, const RowRef& row, std::string_view term) {
    if (row.group != nullptr) {
        return contains_ignoring_case(row.group->name, term);
    }
    return contains_ignoring_case(comm_of(thread_of(row)), term) || facts_contain(report, thread_of(row), term);
}

}  // namespace

void search_from(ViewState& state, const Report& report, bool backwards, bool include_current) {
    if (state.overview.search.empty()) {
        return;
    }
    RowList list(report, state.overview);
    const std::size_t size = list.size();
    const std::size_t from = place(list, state.overview, page_rows(state, report)).cursor;
    const std::vector<RowRef> rows = list.rows(0, size);
    for (std::size_t step = include_current ? 0 : 1; step <= size; ++step) {
        const std::size_t at = size == 0 ? 0 : (backwards ? from + size - step % size : from + step) % size;
        if (size > 0 && !rows[at].is_ended_line() && is_found(report, rows[at], state.overview.search)) {
            note_jump(state, report);
            select_row(state, list, at, report);
            state.overview.searched = true;
            return;
        }
    }
    state.message = fmt::format("no row is called, or contains, \"{}\"", state.overview.search);
    state.message_is_warning = true;
}

ViewState settle(ViewState state, const Report& report) {
    RowList list(report, state.overview);
    const Place at = place(list, state.overview, page_rows(state, report));
    const bool gone = state.overview.selected && !list.index_of(*state.overview.selected);
    if (gone && state.overview.follow) {
        state.overview.follow = false;
        state.message = fmt::format("{} is gone: not following any more", state.overview.selected->thread.tid);
    }
    state.overview.searched = state.overview.searched && !gone;
    state.overview.cursor = at.cursor;
    state.overview.scroll = at.scroll;
    if (state.overview.selected) {
        const std::vector<RowRef> rows = list.rows(at.cursor, 1);
        state.overview.selected = rows.empty() ? std::nullopt : std::optional(key_of(rows.front()));
    }
    drop_dead_tags(state, report);
    return state;
}

}  // namespace tsa
