// SPDX-License-Identifier: MIT
// Charts of a history: stacked columns, one per slice of time, the newest at the right edge. Slices start at multiples
// of their length, so that a column, once drawn, only moves to the left.
#pragma once

#include <cstdint>
#include <span>

#include "model/history.h"
#include "tui/bars.h"
#include "tui/frame.h"

namespace tsa {

/// Cells left of a chart, for its scale.
inline constexpr int kChartLeft = 8;

/// Columns of a chart, each as many slots of the history wide.
struct ChartShape {
    int x = 0, columns = 0;
    std::uint64_t slots = 1;
    std::uint64_t oldest = 0, newest = 0;  ///< column numbers with something to read out

    [[nodiscard]] std::uint64_t slice_ns() const { return slots * kHistorySlotNs; }
    /// The number of the column at a place; a column before the first one has a number beyond `newest`.
    [[nodiscard]] std::uint64_t number_at(int place) const {
        return newest - static_cast<std::uint64_t>(columns - 1 - place);
    }
};
/// `slots`: 0: about a minute fits. `now_ns`: of the newest time in the history.
[[nodiscard]] ChartShape chart_shape(const StateHistory& history, std::uint64_t now_ns, std::uint64_t slots, int width);
/// Slots per column by the key that zooms; unchanged if there is no next one.
[[nodiscard]] std::uint64_t next_chart_slots(std::uint64_t slots, bool finer);

[[nodiscard]] PerState<double> column_sums(const StateHistory& history, const ChartShape& shape, std::uint64_t column);
[[nodiscard]] PerPart<double> column_parts(const StateHistory& history, const ChartShape& shape, std::uint64_t column);
[[nodiscard]] double sum_of(const PerState<double>& values);

/// The marks at the left edge, "100 %" at the top.
void draw_scale(Frame& frame, const Glyphs& set, int y, int rows, std::string_view top, std::string_view bottom);
/// One column, the first part at the bottom. `total` 0: the sum of the parts fills it.
void draw_column(Frame& frame, int x, int y, int rows, std::span<const BarPart> parts, double total);

}  // namespace tsa
