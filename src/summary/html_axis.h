// SPDX-License-Identifier: MIT
// The time axis of the HTML charts: positions, grid lines and labels, marks where the clock jumped. Pure; used by
// html_chart.cpp and html_heat.cpp.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "base/time_units.h"
#include "summary/context.h"
#include "summary/summary.h"

namespace tsa {

/// A drawing has this many units and is scaled to the available room.
inline constexpr double kChartWidth = 10'000, kChartHeight = 1000;

/// The position of times between the chart's edges, by CLOCK_MONOTONIC: the wall clock may have been set meanwhile, and
/// the machine suspended.
class TimeAxis {
  public:
    explicit TimeAxis(std::span<const SummarySlice> slices)
        : slices_(slices), begin_ns_(slices.front().from_ns), end_ns_(std::max(slices.back().to_ns, begin_ns_ + 1)) {}

    /// 0 to 1.
    [[nodiscard]] double at(std::uint64_t ns) const {
        const std::uint64_t inside_ns = std::clamp(ns, begin_ns_, end_ns_);
        return static_cast<double>(inside_ns - begin_ns_) / static_cast<double>(end_ns_ - begin_ns_);
    }
    [[nodiscard]] long x(std::uint64_t ns) const { return std::lround(at(ns) * kChartWidth); }
    /// The same of a moment by the wall clock, which does not go back from slice to slice.
    [[nodiscard]] double at_unix(std::uint64_t unix_ns) const;
    [[nodiscard]] std::uint64_t ms(std::uint64_t ns) const {
        return (std::clamp(ns, begin_ns_, end_ns_) - begin_ns_) / kNsPerMs;
    }
    [[nodiscard]] std::uint64_t length_ns() const { return end_ns_ - begin_ns_; }
    [[nodiscard]] std::span<const SummarySlice> slices() const { return slices_; }

  private:
    std::span<const SummarySlice> slices_;
    std::uint64_t begin_ns_, end_ns_;
};

/// Grid lines, labels and marks.
void put_time(fmt::memory_buffer& out, const TimeAxis& axis, const SummaryContext& context);

}  // namespace tsa
