// SPDX-License-Identifier: MIT
// See stack_sections.h: the maps of wait lengths over time. The darker a cell, the more waits ended in it.
#include <algorithm>
#include <cmath>

#include "summary/html_axis.h"
#include "summary/stack_sections.h"
#include "text/html.h"
#include "text/units.h"

namespace tsa {

namespace {

/// Lengths that occur, as rows of the map; the last one exclusive.
struct HeatRows {
    std::size_t first = kHeatLengths, last = 0;
    std::uint64_t most = 0;

    explicit HeatRows(const StateHeat& heat) {
        for (const HeatColumn& column : heat.columns) {
            for (std::size_t row = 0; row < kHeatLengths; ++row) {
                if (column[row] != 0) {
                    first = std::min(first, row);
                    last = std::max(last, row + 1);
                    most = std::max<std::uint64_t>(most, column[row]);
                }
            }
        }
    }
    [[nodiscard]] double bottom_percent(std::size_t row) const {
        return 100.0 * static_cast<double>(row - first) / static_cast<double>(last - first);
    }
};

std::string length_words(std::size_t row) {
    if (row == 0) {
        return fmt::format("less than {}", duration_text(heat_row_begin_ns(1)).view());
    }
    return row + 1 == kHeatLengths ? fmt::format("{} or more", duration_text(heat_row_begin_ns(row)).view())
                                   : fmt::format("{} to {}", duration_text(heat_row_begin_ns(row)).view(),
                                                 duration_text(heat_row_begin_ns(row + 1)).view());
}

void put_lengths(fmt::memory_buffer& out, const HeatRows& rows) {
    constexpr std::size_t kLabels = 6;
    const std::size_t step = std::max<std::size_t>((rows.last - rows.first + kLabels - 1) / kLabels, 1);
    for (std::size_t row = rows.first; row < rows.last; row += step) {
        put_markup(
            out, R"(<div class="gy" style="bottom:{0:.3f}%"></div><span class="y" style="bottom:{0:.3f}%">{1}</span>)",
            rows.bottom_percent(row), row == 0 ? std::string_view("0") : duration_text(heat_row_begin_ns(row)).view());
    }
}

void put_cells(fmt::memory_buffer& out, const StateHeat& heat, const HeatColumns& columns, const TimeAxis& axis,
               const HeatRows& rows) {
    // The least is still visible.
    constexpr double kFaintest = 0.2;
    const double darkest = std::log2(static_cast<double>(rows.most) + 1);
    const double row_height = kChartHeight / static_cast<double>(rows.last - rows.first);
    for (std::size_t column = 0; column < heat.columns.size(); ++column) {
        const long x = axis.x(columns.from_ns(column));
        const long width = std::max(axis.x(columns.to_ns(column)) - x, 1L);
        for (std::size_t row = rows.first; row < rows.last; ++row) {
            const std::uint32_t count = heat.columns[column][row];
            if (count == 0) {
                continue;
            }
            const double shade = std::log2(static_cast<double>(count) + 1) / darkest;
            put_markup(out,
                       R"(<rect x="{}" y="{:.1f}" width="{}" height="{:.1f}" fill-opacity="{:.2f}"><title>{} wait{} )"
                       R"(of {}</title></rect>)",
                       x, kChartHeight - static_cast<double>(row - rows.first + 1) * row_height, width, row_height,
                       kFaintest + (1 - kFaintest) * shade, count, count == 1 ? "" : "s", length_words(row));
        }
    }
}

}  // namespace

void put_heat(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context, ThreadState state) {
    const auto heat = std::ranges::find(summary.heat, state, &StateHeat::state);
    if (heat == summary.heat.end() || summary.slices.empty()) {
        return;
    }
    const HeatRows rows(*heat);
    if (rows.most == 0) {
        return;
    }
    const TimeAxis axis(summary.slices);
    put_markup(out,
               "<p class=\"dim\">How long these waits took, by when they ended: the darker, the more of them, at most "
               "{} in one cell.</p>\n<div class=\"chart low heat\" role=\"img\" aria-label=\"lengths of waits over "
               "time; the table below has their quantiles\">",
               rows.most);
    put_lengths(out, rows);
    put_time(out, axis, context);
    put_markup(out, "<svg viewBox=\"0 0 10000 1000\" preserveAspectRatio=\"none\">");
    put_cells(out, *heat, HeatColumns(summary.slices), axis, rows);
    put_markup(out, "</svg></div>\n");
}

}  // namespace tsa
