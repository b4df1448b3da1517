// What keys do to rows: the cursor, the selection, tags, folds, search, and the thread of the drill-down. The bindings
// are in keys.cpp, who calls what in handle_key.cpp.
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
    state.cursor = at;
    state.selected = key_of(rows.front());
    state.searched = false;
    const std::size_t height = std::max<std::size_t>(page_rows(state, report), 1);
    state.scroll = std::min(state.scroll, at);
    if (at >= state.scroll + height) {
        state.scroll = at - height + 1;
    }
}

void select_key(ViewState& state, const RowKey& key, const Report& report) {
    state.cursor = state.scroll = 0;
    state.selected.reset();
    RowList list(report, state);
    if (const auto at = list.index_of(key)) {
        select_row(state, list, *at, report);
    }
}

// The row under the cursor, as the screen shows it.
std::optional<RowRef> current_row(const ViewState& state, const Report& report) {
    RowList list(report, state);
    const std::vector<RowRef> rows = list.rows(place(list, state, page_rows(state, report)).cursor, 1);
    return rows.empty() ? std::nullopt : std::optional(rows.front());
}

void move_cursor(ViewState& state, const Report& report, Action action) {
    RowList list(report, state);
    if (list.size() == 0) {
        return;
    }
    const std::size_t page = std::max<std::size_t>(page_rows(state, report), 1);
    const Place at = place(list, state, page);
    state.scroll = at.scroll;
    std::size_t to = at.cursor;
    switch (action) {
        case Action::up:
            to -= to > 0 ? 1 : 0;
            break;
        case Action::down:
            ++to;
            break;
        case Action::page_up:
            to -= std::min(to, page);
            break;
        case Action::page_down:
            to += page;
            break;
        case Action::last:
            to = list.size();
            break;
        default:  // the top row, whatever it is
            state.selected.reset();
            state.searched = false;
            state.cursor = state.scroll = 0;
            return;
    }
    select_row(state, list, std::min(to, list.size() - 1), report);
}

namespace {

// After the mode has changed: stay on the same thread, or on its process.
void reselect(ViewState& state, const Report& report, const std::optional<RowRef>& was) {
    if (!state.selected || !was) {
        state.cursor = state.scroll = 0;
        state.selected.reset();
        return;
    }
    RowList list(report, state);
    const Thread& thread = thread_of(*was);
    for (const RowKey& key : {RowKey{key_of(thread), false}, RowKey{{thread.tgid, 0}, true}}) {
        if (const auto at = list.index_of(key)) {
            select_row(state, list, *at, report);
            return;
        }
    }
    state.cursor = state.scroll = 0;
    state.selected.reset();
}

// A tag outlives a filter, but not its thread or process.
void drop_dead_tags(ViewState& state, const Report& report) {
    if (state.tagged.empty()) {
        return;
    }
    std::vector<std::uint32_t> tids;
    for (const RowKey& key : state.tagged) {
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
    std::erase_if(state.tagged,
                  [&](const RowKey& key) { return std::find(alive.begin(), alive.end(), key) == alive.end(); });
}

}  // namespace

void set_mode(ViewState& state, const Report& report, RowMode mode) {
    const std::optional<RowRef> was = current_row(state, report);
    state.mode = mode;
    state.tagged.clear();
    reselect(state, report, was);
}

void fold(ViewState& state, const Report& report, bool closed) {
    const std::optional<RowRef> row = current_row(state, report);
    if (!row) {
        return;
    }
    const std::uint32_t tgid = row->process->tgid;
    std::erase(state.folded, tgid);
    if (closed != state.all_folded) {
        state.folded.push_back(tgid);
    }
    state.selected = RowKey{{tgid, 0}, true};
    RowList list(report, state);
    if (const auto at = list.index_of(*state.selected)) {
        select_row(state, list, *at, report);
    }
}

void toggle_tag(ViewState& state, const RowKey& key) {
    if (std::erase(state.tagged, key) == 0) {
        state.tagged.push_back(key);
    }
}

void tag_process(ViewState& state, const Report& report) {
    const std::optional<RowRef> row = current_row(state, report);
    if (!row) {
        return;
    }
    RowList list(report, state);
    for (const RowRef& other : list.rows(0, list.size())) {
        const RowKey key = key_of(other);
        const bool wanted =
            other.process == row->process && (state.mode == RowMode::threads || other.thread == nullptr);
        if (wanted && std::find(state.tagged.begin(), state.tagged.end(), key) == state.tagged.end()) {
            state.tagged.push_back(key);
        }
    }
}

void walk_threads(ViewState& state, const Report& report, bool forward) {
    std::vector<ThreadKey> keys;
    for (const ThreadRow& row : report.threads) {
        if (row.now->tgid == state.detail_tgid) {
            keys.push_back(key_of(*row.now));
        }
    }
    if (keys.empty()) {
        return;
    }
    const auto by_tid = [](const ThreadKey& left, const ThreadKey& right) { return left.tid < right.tid; };
    std::sort(keys.begin(), keys.end(), by_tid);
    if (forward) {
        const auto next = std::upper_bound(keys.begin(), keys.end(), *state.detail, by_tid);
        state.detail = next != keys.end() ? *next : keys.front();
    } else {
        const auto at = std::lower_bound(keys.begin(), keys.end(), *state.detail, by_tid);
        state.detail = at != keys.begin() ? *std::prev(at) : keys.back();
    }
    state.detail_scroll = 0;
}

void drill_down(ViewState& state, const Report& report) {
    if (const std::optional<RowRef> row = current_row(state, report)) {
        state.detail = key_of(thread_of(*row));
        state.detail_tgid = row->process->tgid;
        state.detail_page = DetailPage::answer;
        state.chart_moment_ns.reset();
        state.detail_scroll = 0;
    }
}

void type_digit(ViewState& state, const Report& report, char digit) {
    state.digits += digit;
    RowList list(report, state);
    const std::vector<RowRef> rows = list.rows(0, list.size());
    for (std::size_t at = 0; at < rows.size(); ++at) {
        const std::uint32_t tid = rows[at].thread != nullptr ? rows[at].thread->now->tid : rows[at].process->tgid;
        if (fmt::format("{}", tid) == state.digits) {
            select_row(state, list, at, report);
            state.searched = true;
        }
    }
    state.message = fmt::format("TID {}", state.digits);
}

void search_from(ViewState& state, const Report& report, bool backwards, bool include_current) {
    if (state.search.empty()) {
        return;
    }
    RowList list(report, state);
    const std::size_t size = list.size();
    const std::size_t from = place(list, state, page_rows(state, report)).cursor;
    const std::vector<RowRef> rows = list.rows(0, size);
    for (std::size_t step = include_current ? 0 : 1; step <= size; ++step) {
        const std::size_t at = size == 0 ? 0 : (backwards ? from + size - step % size : from + step) % size;
        if (size > 0 && contains_ignoring_case(comm_of(thread_of(rows[at])), state.search)) {
            select_row(state, list, at, report);
            state.searched = true;
            return;
        }
    }
    state.message = fmt::format("no row is called \"{}\"", state.search);
    state.message_is_warning = true;
}

ViewState settle(ViewState state, const Report& report) {
    RowList list(report, state);
    const Place at = place(list, state, page_rows(state, report));
    const bool gone = state.selected && !list.index_of(*state.selected);
    if (gone && state.follow) {
        state.follow = false;
        state.message = fmt::format("{} is gone: not following any more", state.selected->thread.tid);
    }
    state.searched = state.searched && !gone;
    state.cursor = at.cursor;
    state.scroll = at.scroll;
    if (state.selected) {
        const std::vector<RowRef> rows = list.rows(at.cursor, 1);
        state.selected = rows.empty() ? std::nullopt : std::optional(key_of(rows.front()));
    }
    drop_dead_tags(state, report);
    return state;
}

}  // namespace tsa
