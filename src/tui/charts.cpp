// SPDX-License-Identifier: MIT
// See charts.h.
#include "tui/charts.h"

#include <algorithm>
#include <array>

namespace tsa {

namespace {

constexpr std::array<std::uint64_t, 5> kZooms{1, 2, 4, 8, 16};
constexpr std::uint64_t kMinuteSlots = 60'000'000'000 / kHistorySlotNs;

}  // namespace

std::uint64_t next_chart_slots(std::uint64_t slots, bool finer) {
    const auto* at = std::find(kZooms.begin(), kZooms.end(), slots);
    if (finer) {
        return at == kZooms.begin() || at == kZooms.end() ? kZooms.front() : *std::prev(at);
    }
    return at == kZooms.end() || std::next(at) == kZooms.end() ? kZooms.back() : *std::next(at);
}

ChartShape chart_shape(const StateHistory& history, std::uint64_t now_ns, std::uint64_t slots, int width) {
    ChartShape shape;
    shape.x = kChartLeft;
    const int room = std::max(width - kChartLeft - 1, 1);
    shape.slots = slots;
    if (shape.slots == 0) {
        const auto fits = [&](std::uint64_t zoom) { return zoom * static_cast<std::uint64_t>(room) >= kMinuteSlots; };
        const auto* found = std::find_if(kZooms.begin(), kZooms.end(), fits);
        shape.slots = found != kZooms.end() ? *found : kZooms.back();
    }
    // The first slots of the oldest slice may have been reused by the newest one: show one slice less than the history
    // holds.
    shape.columns = std::min(room, static_cast<int>(kHistorySlots / shape.slots) - 1);
    shape.x += room - shape.columns;
    const std::uint64_t last_slot = now_ns > 0 ? (now_ns - 1) / kHistorySlotNs : 0;
    shape.newest = shape.oldest = last_slot / shape.slots;
    const auto columns = static_cast<std::uint64_t>(shape.columns);
    for (std::uint64_t back = std::min(columns - 1, shape.newest); back > 0; --back) {
        if (sum_of(column_sums(history, shape, shape.newest - back)) > 0) {
            shape.oldest = shape.newest - back;
            break;
        }
    }
    return shape;
}

PerState<double> column_sums(const StateHistory& history, const ChartShape& shape, std::uint64_t column) {
    return history.between(column * shape.slice_ns(), (column + 1) * shape.slice_ns());
}

PerPart<double> column_parts(const StateHistory& history, const ChartShape& shape, std::uint64_t column) {
    PerPart<double> parts;
    for (const PartInfo& part : kParts) {
        parts[part.part] = history.part_between(part.part, column * shape.slice_ns(), (column + 1) * shape.slice_ns());
    }
    return parts;
}

double sum_of(const PerState<double>& values) {
    double sum = 0;
    for (const double value : values) {
        sum += value;
    }
    return sum;
}

void draw_scale(Frame& frame, const Glyphs& set, int y, int rows, std::string_view top, std::string_view bottom) {
    for (int row = 0; row < rows; ++row) {
        const std::string_view mark = row == 0 ? top : (row == rows - 1 ? bottom : "");
        frame.put_right(kChartLeft - 2, y + row, 5, mark, Role::dim);
        frame.put(kChartLeft - 1, y + row, set.axis, Role::dim, 1);
    }
}

void draw_column(Frame& frame, int x, int y, int rows, std::span<const BarPart> parts, double total) {
    const std::vector<int> cells = share_cells(parts, total, rows);
    int row = y + rows - 1;
    for (std::size_t part = 0; part < parts.size(); ++part) {
        for (int cell = 0; cell < cells[part] && row >= y; ++cell, --row) {
            frame.put(x, row, parts[part].glyph, parts[part].role, 1);
        }
    }
}

}  // namespace tsa
