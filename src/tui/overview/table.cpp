// SPDX-License-Identifier: MIT
// The overview's table: status line, heads, and one line per visible row.
#include <fmt/format.h>

#include <algorithm>

#include "tui/facts.h"
#include "tui/overview/layout.h"
#include "tui/overview/page.h"
#include "tui/overview/row_painter.h"
#include "tui/overview/rows.h"
#include "tui/overview/table_status.h"
#include "tui/text.h"

namespace tsa {
namespace {

// The mark of the sorted column is beside its head, in the gap between two columns if the head fills its own.
void draw_head(Frame& frame, const Scene& scene, const std::vector<PlacedColumn>& columns, int y) {
    const OverviewState& overview = scene.state.overview;
    const Glyphs& set = glyphs(scene.unicode);
    frame.fill(0, y, frame.width(), 1, U' ', Role::head);
    for (const PlacedColumn& column : columns) {
        const bool sorted = column.key == overview.sort_key;
        const Role role = sorted ? Role::head_sorted : Role::head;
        const int cells = std::min(static_cast<int>(column.head.size()), column.width);
        const int head_x = column.left_aligned ? column.x : column.x + column.width - cells;
        if (sorted) {
            frame.fill(column.x, y, column.width, 1, U' ', role);
            frame.put(column.left_aligned ? head_x + cells : std::max(head_x - 1, 0), y,
                      overview.descending ? set.sorted_down : set.sorted_up, role, 1);
        }
        frame.put(head_x, y, column.head, role, cells);
    }
}

// "47 ended: cc1plus 12, sh 20, ...": as many names as there is room for.
void draw_ended_line(Frame& frame, const Scene& scene, const RowList& list, int y) {
    const Glyphs& set = glyphs(scene.unicode);
    const std::size_t ended = list.ended();
    int x = frame.put(1, y, scene.state.overview.show_ended ? set.unfolded : set.folded, Role::dim) + 1;
    x = frame.put(x, y, fmt::format("{} ended:", format_count(ended)), Role::dim) + 1;
    const std::vector<RowList::EndedName> names = list.ended_names();
    for (std::size_t at = 0; at < names.size(); ++at) {
        const std::string count = names[at].count > 1 ? fmt::format(" {}", names[at].count) : "";
        const bool last = at + 1 == names.size();
        const int needed = text_width(names[at].name, scene.unicode) + static_cast<int>(count.size()) + (last ? 0 : 1);
        constexpr int kMore = 4;  // " ..."
        if (x + needed + (last ? 0 : kMore) > frame.width()) {
            frame.put(x, y, "...", Role::dim);
            return;
        }
        x = frame.put(x, y, names[at].name, Role::dim);
        x = frame.put(x, y, count, Role::dim);
        x = frame.put(x, y, last ? "" : ",", Role::dim) + 1;
    }
}

/// Empty: the bar shows the interval.
std::vector<Past> pasts_of(const Scene& scene, const std::vector<PlacedColumn>& columns,
                           const std::vector<RowRef>& rows) {
    const bool is_shown = scene.state.overview.past_bar ||
                          std::ranges::find(columns, CellKind::past, &PlacedColumn::kind) != columns.end();
    if (!is_shown || scene.recent == nullptr || scene.report.interval_ns == 0) {
        return {};
    }
    std::vector<PastRow> wanted;
    wanted.reserve(rows.size());
    for (const RowRef& row : rows) {
        if (row.is_ended_line()) {
            wanted.emplace_back();  // PID 0 has no threads
        } else if (row.thread != nullptr) {
            wanted.push_back({row.thread->now->tgid, key_of(*row.thread->now)});
        } else {
            wanted.push_back({row.process->tgid, std::nullopt});
        }
    }
    return scene.recent->past_of(wanted, scene.report.now_ns);
}

void draw_empty(Frame& frame, const Scene& scene, int y) {
    const ViewState& state = scene.state;
    if (scene.report.interval_ns == 0) {
        frame.put(1, y, "measuring the first interval ...", Role::dim);
    } else if (!state.chosen_unseen.empty()) {
        frame.put(1, y, state.chosen_unseen, Role::warn);
    } else if (state.chosen_ended_unix_ns) {
        frame.put(
            1, y,
            fmt::format("{} ended at {}", state.chosen, clock_words(scene.machine, *state.chosen_ended_unix_ns, false)),
            Role::warn);
    } else if (!state.chosen.empty() && scene.report.threads.empty()) {
        frame.put(1, y, fmt::format("no threads: {}", state.chosen), Role::dim);
    } else if (scene.state.overview.held_up) {
        frame.put(1, y, "no thread that passes the filters shown above is blocked now; Esc clears them", Role::dim);
    } else {
        frame.put(1, y, "no row passes the filters shown above; Esc clears them", Role::dim);
    }
}

}  // namespace

void draw_table(Frame& frame, const Scene& scene) {
    const Layout layout = layout_of(scene.report, scene.state, frame.width(), frame.height());
    const std::vector<PlacedColumn> columns = place_columns(scene.state.overview, frame.width());
    RowList list(scene.report, scene.state.overview);
    if (layout.status_y >= 0 && scene.report.interval_ns != 0) {
        draw_status(frame, scene, list, layout.table_rows, layout.status_y);
    }
    if (layout.head_y >= 0) {
        draw_head(frame, scene, columns, layout.head_y);
    }
    if (layout.table_rows <= 0) {
        return;
    }
    if (list.size() == 0 || (scene.state.chosen_ended_unix_ns && list.living() == 0)) {
        draw_empty(frame, scene, layout.table_y);
        return;
    }
    const Place at = place(list, scene.state.overview, static_cast<std::size_t>(layout.table_rows));
    ThreadIndex threads(scene.report);
    int y = layout.table_y;
    std::size_t number = at.scroll;
    const std::vector<RowRef> rows = list.rows(at.scroll, static_cast<std::size_t>(layout.table_rows));
    const std::vector<Past> pasts = pasts_of(scene, columns, rows);
    for (const RowRef& row : rows) {
        const auto& tags = scene.state.overview.tagged;
        const bool tagged = std::find(tags.begin(), tags.end(), key_of(row)) != tags.end();
        if (row.is_ended_line()) {
            draw_ended_line(frame, scene, list, y);
        } else {
            RowPainter painter{frame,   scene,  glyphs(scene.unicode),
                               threads, list,   row,
                               y,       tagged, pasts.empty() ? nullptr : &pasts[number - at.scroll]};
            for (const PlacedColumn& column : columns) {
                painter.cell(column);
            }
        }
        if (number++ == at.cursor) {
            frame.select(0, y, frame.width());
        }
        ++y;
    }
}

}  // namespace tsa
