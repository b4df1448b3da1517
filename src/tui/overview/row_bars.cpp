// SPDX-License-Identifier: MIT
// See row_painter.h: the bars of states, of the interval and of the last two minutes.
#include <algorithm>

#include "tui/bars.h"
#include "tui/overview/row_painter.h"

namespace tsa {

void RowPainter::bar(const PlacedColumn& column) {
    auto parts = state_parts(state_ns(), part_ns(), set);
    for (BarPart& part : parts) {
        part.role = dim_if_ended(part.role);
    }
    draw_bar(frame, column.x, y, column.width, parts, static_cast<double>(wall_ns()), set);
}

/// A cell for each column of time: the state that took most of it, as its glyph from half of the time on, below that as
/// a dot; the newest at the right. Sleep and waits for work stay empty, and so does what is too short to matter.
void RowPainter::past_bar(const PlacedColumn& column) {
    constexpr double kMost = 0.5, kLeast = 0.02;
    const int cells = std::min(column.width, static_cast<int>(kPastColumns));
    const int x = column.x + column.width - cells;
    const std::uint64_t newest_ns = scene.report.now_ns - (scene.report.now_ns - 1) / kPastColumnNs * kPastColumnNs;
    for (int cell = 0; cell < cells; ++cell) {
        const PerState<float>& times = (*past)[kPastColumns - static_cast<std::size_t>(cells - cell)];
        const bool is_newest = cell + 1 == cells;
        const double whole = static_cast<double>(is_newest ? std::max<std::uint64_t>(newest_ns, 1) : kPastColumnNs);
        double sum = 0;
        std::size_t most = 0;
        for (std::size_t state = 0; state < kStateCount; ++state) {
            sum += static_cast<double>(times[state]);
            most = times[state] > times[most] ? state : most;
        }
        if (sum >= kLeast * whole) {
            frame.put(x + cell, y, sum >= kMost * whole ? set.state[most] : set.zero,
                      dim_if_ended(role_of(state_table()[most].state)), 1);
        }
    }
}

}  // namespace tsa
