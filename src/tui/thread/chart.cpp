// SPDX-License-Identifier: MIT
// The drill-down's chart: the last minutes as stacked columns, one per slice of time, exec at the bottom; idle time
// stays empty. The values of one slice are shown below: the newest, or the one under the cursor.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tui/bars.h"
#include "tui/facts.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {
namespace {

/// The column whose values are shown.
std::uint64_t column_read(const ViewState& state, const ChartShape& shape) {
    if (!state.thread.moment_ns) {
        return shape.newest;
    }
    return std::clamp(*state.thread.moment_ns / shape.slice_ns(), shape.oldest, shape.newest);
}

void draw_columns(Frame& frame, const WatchedThread& watched, const ChartShape& shape, const Glyphs& set, int y,
                  int rows) {
    for (int at = 0; at < shape.columns; ++at) {
        const std::uint64_t column = shape.number_at(at);
        if (column <= shape.newest) {
            const auto parts =
                state_parts(column_sums(watched, shape, column), column_parts(watched, shape, column), set);
            draw_column(frame, shape.x + at, y, rows, parts, 0);
        }
    }
}

void draw_read_out(Frame& frame, const Scene& scene, const WatchedThread& watched, const ChartShape& shape, int y) {
    const std::uint64_t column = column_read(scene.state, shape);
    const std::uint64_t slice_ns = shape.slice_ns();
    const PerState<double> sums = column_sums(watched, shape, column);
    const double all = sum_of(sums);
    const bool held = scene.state.thread.moment_ns.has_value();
    int x = frame.put(1, y, clock_words(scene.machine, unix_of(scene.report, column * slice_ns), true),
                      held ? Role::prompt : Role::dim) +
            2;
    if (all <= 0) {
        x = frame.put(x, y, "not watched then", Role::dim) + 2;
    }
    for (const StateInfo& state : state_table()) {
        const double part = sums[index(state.state)];
        if (part <= 0 || all <= 0) {
            continue;
        }
        const std::string words = fmt::format("{} {:.0f} %", label_of(watched.last, state.state), 100.0 * part / all);
        if (x + static_cast<int>(words.size()) <= frame.width()) {
            x = frame.put(x, y, words, role_of(state.state)) + 2;
        }
    }
    const std::uint64_t span_ns = slice_ns * static_cast<std::uint64_t>(shape.columns);
    const std::string_view keys = facts_of(scene.state).chart_keys;
    for (const std::string& scale :
         {fmt::format("{}, {} a column   {}: a moment   + - zoom", format_duration(span_ns), format_duration(slice_ns),
                      keys),
          fmt::format("{}, {} a column", format_duration(span_ns), format_duration(slice_ns))}) {
        const int scale_x = frame.width() - 1 - static_cast<int>(scale.size());
        if (scale_x >= x + 1) {
            frame.put(scale_x, y, scale, Role::dim);
            return;
        }
    }
}

}  // namespace

ChartShape chart_shape(const ViewState& state, const WatchedThread& watched, int width) {
    return chart_shape(watched, watched.now_ns, state.thread.chart_slots, width);
}

void draw_chart(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows) {
    if (rows < 2) {
        return;
    }
    const Glyphs& set = glyphs(scene.unicode);
    const ChartShape shape = chart_shape(scene.state, watched, frame.width());
    draw_scale(frame, set, y, rows, "100 %", "0 %");
    draw_columns(frame, watched, shape, set, y, rows);
    if (scene.state.thread.moment_ns) {
        const auto back = static_cast<int>(shape.newest - column_read(scene.state, shape));
        for (int row = 0; row < rows; ++row) {
            frame.select(shape.x + shape.columns - 1 - back, y + row, 1);
        }
    }
    draw_read_out(frame, scene, watched, shape, y + rows);
}

}  // namespace tsa
