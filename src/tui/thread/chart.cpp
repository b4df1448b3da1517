// SPDX-License-Identifier: MIT
// The drill-down's chart: the last minutes as stacked columns, one per slice of time, exec at the bottom; idle time
// stays empty. Slices start at multiples of their length, so that a column, once drawn, only moves to the left. The
// values of one slice are shown below: the newest, or the one under the cursor.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tui/bars.h"
#include "tui/facts.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {
namespace {

constexpr int kLeft = 8;
constexpr std::array<std::uint64_t, 5> kZooms{1, 2, 4, 8, 16};
constexpr std::uint64_t kMinuteSlots = 60'000'000'000 / kHistorySlotNs;

PerState<double> sums_of(const WatchedThread& watched, std::uint64_t column, std::uint64_t slots) {
    const std::uint64_t slice_ns = slots * kHistorySlotNs;
    return watched.between(column * slice_ns, (column + 1) * slice_ns);
}

double sum_of(const PerState<double>& values) {
    double sum = 0;
    for (const double value : values) {
        sum += value;
    }
    return sum;
}

/// The column whose values are shown.
std::uint64_t column_read(const ViewState& state, const ChartShape& shape) {
    if (!state.thread.moment_ns) {
        return shape.newest;
    }
    return std::clamp(*state.thread.moment_ns / (shape.slots * kHistorySlotNs), shape.oldest, shape.newest);
}

void draw_columns(Frame& frame, const WatchedThread& watched, const ChartShape& shape, const Glyphs& set, int y,
                  int rows) {
    for (int at = 0; at < shape.columns; ++at) {
        const auto back = static_cast<std::uint64_t>(shape.columns - 1 - at);
        if (back > shape.newest) {
            continue;
        }
        const std::uint64_t column = shape.newest - back;
        PerPart<double> part_sums;
        for (const PartInfo& part : kParts) {
            part_sums[part.part] = watched.part_between(part.part, column * shape.slots * kHistorySlotNs,
                                                        (column + 1) * shape.slots * kHistorySlotNs);
        }
        const auto parts = state_parts(sums_of(watched, column, shape.slots), part_sums, set);
        const std::vector<int> cells = share_cells(parts, 0, rows);
        int row = y + rows - 1;
        for (std::size_t state = 0; state < parts.size(); ++state) {
            for (int cell = 0; cell < cells[state] && row >= y; ++cell, --row) {
                frame.put(shape.x + at, row, parts[state].glyph, parts[state].role, 1);
            }
        }
    }
}

void draw_read_out(Frame& frame, const Scene& scene, const WatchedThread& watched, const ChartShape& shape, int y) {
    const std::uint64_t column = column_read(scene.state, shape);
    const std::uint64_t slice_ns = shape.slots * kHistorySlotNs;
    const PerState<double> sums = sums_of(watched, column, shape.slots);
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

std::uint64_t next_chart_slots(std::uint64_t slots, bool finer) {
    const auto* at = std::find(kZooms.begin(), kZooms.end(), slots);
    if (finer) {
        return at == kZooms.begin() || at == kZooms.end() ? kZooms.front() : *std::prev(at);
    }
    return at == kZooms.end() || std::next(at) == kZooms.end() ? kZooms.back() : *std::next(at);
}

ChartShape chart_shape(const ViewState& state, const WatchedThread& watched, int width) {
    ChartShape shape;
    shape.x = kLeft;
    const int room = std::max(width - kLeft - 1, 1);
    shape.slots = state.thread.chart_slots;
    if (shape.slots == 0) {
        const auto fits = [&](std::uint64_t slots) { return slots * static_cast<std::uint64_t>(room) >= kMinuteSlots; };
        const auto* found = std::find_if(kZooms.begin(), kZooms.end(), fits);
        shape.slots = found != kZooms.end() ? *found : kZooms.back();
    }
    // The first slots of the oldest slice may have been reused by the newest one: show one slice less than the history
    // holds.
    shape.columns = std::min(room, static_cast<int>(kHistorySlots / shape.slots) - 1);
    shape.x += room - shape.columns;
    const std::uint64_t last_slot = watched.now_ns > 0 ? (watched.now_ns - 1) / kHistorySlotNs : 0;
    shape.newest = shape.oldest = last_slot / shape.slots;
    const auto columns = static_cast<std::uint64_t>(shape.columns);
    for (std::uint64_t back = std::min(columns - 1, shape.newest); back > 0; --back) {
        if (sum_of(sums_of(watched, shape.newest - back, shape.slots)) > 0) {
            shape.oldest = shape.newest - back;
            break;
        }
    }
    return shape;
}

void draw_chart(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows) {
    if (rows < 2) {
        return;
    }
    const Glyphs& set = glyphs(scene.unicode);
    const ChartShape shape = chart_shape(scene.state, watched, frame.width());
    for (int row = 0; row < rows; ++row) {
        const std::string_view mark = row == 0 ? "100 %" : (row == rows - 1 ? "0 %" : "");
        frame.put_right(kLeft - 2, y + row, 5, mark, Role::dim);
        frame.put(kLeft - 1, y + row, set.axis, Role::dim, 1);
    }
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
