// SPDX-License-Identifier: MIT
// Numbers over the intervals of a summary: their spread, and the points of the charts. Used by SummaryBuilder only.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/report.h"
#include "summary/summary.h"

namespace tsa {

/// A Spread being accumulated.
class SpreadSum {
  public:
    void add(double value, std::uint64_t interval_ns, std::uint64_t end_unix_ns);
    void add(const std::optional<double>& value, std::uint64_t interval_ns, std::uint64_t end_unix_ns) {
        if (value.has_value()) {
            add(*value, interval_ns, end_unix_ns);
        }
    }
    /// Adds the data of another one.
    void merge(const SpreadSum& later);
    [[nodiscard]] bool empty() const { return intervals_ == 0; }
    [[nodiscard]] double mean() const { return weight_ns_ == 0 ? 0 : weighted_ / weight_ns_; }
    [[nodiscard]] double max() const { return max_; }
    /// Its sum over time: value x ns.
    [[nodiscard]] double integral() const { return weighted_; }
    [[nodiscard]] std::uint64_t max_at_unix_ns() const { return max_at_unix_ns_; }
    [[nodiscard]] Spread spread() const;

  private:
    double weighted_ = 0, weight_ns_ = 0, min_ = 0, max_ = 0;
    std::uint64_t max_at_unix_ns_ = 0, intervals_ = 0;
};

/// The points of the charts: each holds the same number of intervals, which doubles when there are too many points.
class SliceSeries {
  public:
    SliceSeries() { points_.reserve(kMaxSummarySlices); }
    /// `recorded_ns`: the sums of the rows.
    void add(const Report& report, const PerState<std::uint64_t>& recorded_ns);
    [[nodiscard]] std::vector<SummarySlice> slices() const;

  private:
    struct Point {
        std::uint64_t from_unix_ns = 0, to_unix_ns = 0, from_ns = 0, to_ns = 0, elapsed_ns = 0;
        PerState<std::uint64_t> state_ns{}, recorded_ns{};
        SpreadSum cpu_busy, stall_cpu, stall_io, stall_memory;
    };
    void halve();

    std::vector<Point> points_;
    std::uint64_t per_point_ = 1, in_last_ = 0;
};

}  // namespace tsa
