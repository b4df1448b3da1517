// SPDX-License-Identifier: MIT
// See needs.h.
#include "tui/overview/needs.h"

#include <algorithm>

#include "tui/menus/menus.h"
#include "tui/overview/condition.h"
#include "tui/overview/layout.h"
#include "tui/overview/page.h"
#include "tui/overview/row_keys.h"
#include "tui/overview/rows.h"

namespace tsa {

std::vector<ThreadKey> shown_threads(const ViewState& state, const Report& report) {
    std::vector<ThreadKey> out;
    RowList list(report, state.overview);
    const std::size_t page = std::min(page_rows(state, report), kMaxDelayRows);
    for (const RowRef& row : list.rows(place(list, state.overview, page).scroll, page)) {
        if (!row.is_ended_line() && row.group == nullptr && (row.thread != nullptr || row.process->threads == 1)) {
            out.push_back(key_of(thread_of(row)));
        }
    }
    return out;
}

// Rows are queried only while a column needs them: sorting them again costs as much as drawing them.
std::vector<std::uint32_t> shown_processes(const ViewState& state, const Report& report) {
    std::vector<std::uint32_t> out;
    if (!shows_facts(state.overview, state.width) && !process_times_are_shown(state)) {
        return out;
    }
    RowList list(report, state.overview);
    const std::size_t page = std::min(page_rows(state, report), kMaxDelayRows);
    for (const RowRef& row : list.rows(place(list, state.overview, page).scroll, page)) {
        if (!row.is_ended_line() && row.group == nullptr) {
            out.push_back(thread_of(row).tgid);
        }
    }
    return out;
}

bool needs_all_facts(const ViewState& state) {
    const OverviewState& overview = state.overview;
    const Page* overlay = overlay_of(state);
    const bool is_prompting = overlay == &kSearchPrompt || overlay == &kFilterPrompt;
    const bool sorted =
        std::ranges::find(process_columns(), overview.sort_key, &Column::key) != process_columns().end();
    return filter_needs_facts(overview) || !overview.search.empty() || sorted || is_prompting || overview.group ||
           overview.mode == RowMode::groups;
}

std::vector<std::string> shown_cgroups(const ViewState& state, const Report& report) {
    std::vector<std::string> out;
    if (state.overview.mode != RowMode::groups || !needs_places(state.overview.by)) {
        return out;
    }
    RowList list(report, state.overview);
    const std::size_t page = std::min(page_rows(state, report), kMaxDelayRows);
    for (const RowRef& row : list.rows(place(list, state.overview, page).scroll, page)) {
        if (row.group != nullptr && !row.group->cgroup().empty()) {
            out.emplace_back(row.group->cgroup());
        }
    }
    return out;
}

std::vector<ThreadKey> delay_rows(const ViewState& state, const Report& report) {
    const std::vector<PlacedColumn> columns = place_columns(state.overview, state.width);
    const bool wanted = std::ranges::any_of(
        columns, [](const PlacedColumn& column) { return column.key.starts_with(kTaskstatsPrefix); });
    std::vector<ThreadKey> out;
    if (!wanted) {
        return out;
    }
    RowList list(report, state.overview);
    const std::size_t page = std::min(page_rows(state, report), kMaxDelayRows);
    for (const RowRef& row : list.rows(place(list, state.overview, page).scroll, page)) {
        if (row.thread != nullptr) {
            out.push_back(key_of(*row.thread->now));
        }
    }
    return out;
}

bool shows_wakers(const ViewState& state) {
    return std::ranges::any_of(place_columns(state.overview, state.width),
                               [](const PlacedColumn& column) { return column.kind == CellKind::waker; });
}

}  // namespace tsa
