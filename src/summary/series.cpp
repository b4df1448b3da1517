// SPDX-License-Identifier: MIT
// See series.h.
#include "summary/series.h"

#include <algorithm>

#include "base/saturating.h"

namespace tsa {

namespace {

std::optional<double> mean_of(const SpreadSum& sum) {
    return sum.empty() ? std::nullopt : std::optional(sum.mean());
}

double per(std::uint64_t ns, std::uint64_t elapsed_ns) {
    return elapsed_ns == 0 ? 0 : static_cast<double>(ns) / static_cast<double>(elapsed_ns);
}

}  // namespace

void SpreadSum::add(double value, std::uint64_t interval_ns, std::uint64_t end_unix_ns) {
    min_ = intervals_ == 0 ? value : std::min(min_, value);
    if (intervals_ == 0 || value > max_) {
        max_ = value;
        max_at_unix_ns_ = end_unix_ns;
    }
    weighted_ += value * static_cast<double>(interval_ns);
    weight_ns_ += static_cast<double>(interval_ns);
    ++intervals_;
}

void SpreadSum::merge(const SpreadSum& later) {
    if (later.intervals_ == 0) {
        return;
    }
    min_ = intervals_ == 0 ? later.min_ : std::min(min_, later.min_);
    if (intervals_ == 0 || later.max_ > max_) {
        max_ = later.max_;
        max_at_unix_ns_ = later.max_at_unix_ns_;
    }
    weighted_ += later.weighted_;
    weight_ns_ += later.weight_ns_;
    intervals_ += later.intervals_;
}

Spread SpreadSum::spread() const {
    return {mean(), min_, max_, max_at_unix_ns_, intervals_};
}

void SliceSeries::halve() {
    for (std::size_t at = 0; at < points_.size() / 2; ++at) {
        Point point = points_[2 * at];
        const Point& later = points_[2 * at + 1];
        point.to_unix_ns = later.to_unix_ns;
        point.to_ns = later.to_ns;
        point.elapsed_ns += later.elapsed_ns;
        for (std::size_t state = 0; state < kStateCount; ++state) {
            point.state_ns[state] += later.state_ns[state];
            point.recorded_ns[state] += later.recorded_ns[state];
        }
        point.cpu_busy.merge(later.cpu_busy);
        point.stall_cpu.merge(later.stall_cpu);
        point.stall_io.merge(later.stall_io);
        point.stall_memory.merge(later.stall_memory);
        points_[at] = point;
    }
    points_.resize(points_.size() / 2);
    per_point_ *= 2;
}

void SliceSeries::add(const Report& report, const PerState<std::uint64_t>& recorded_ns) {
    if (points_.empty() || in_last_ == per_point_) {
        if (points_.size() == kMaxSummarySlices) {
            halve();
        }
        Point& point = points_.emplace_back();
        point.from_unix_ns = saturating_sub(report.time_unix_ns, report.interval_ns);
        point.from_ns = saturating_sub(report.now_ns, report.interval_ns);
        in_last_ = 0;
    }
    ++in_last_;
    Point& point = points_.back();
    point.to_unix_ns = report.time_unix_ns;
    point.to_ns = report.now_ns;
    point.elapsed_ns += report.interval_ns;
    for (std::size_t state = 0; state < kStateCount; ++state) {
        point.state_ns[state] += report.total_ns[state];
        point.recorded_ns[state] += recorded_ns[state];
    }
    const SystemRow& system = report.system;
    point.cpu_busy.add(system.cpu_busy_pct, report.interval_ns, report.time_unix_ns);
    point.stall_cpu.add(system.stall_cpu_pct, report.interval_ns, report.time_unix_ns);
    point.stall_io.add(system.stall_io_pct, report.interval_ns, report.time_unix_ns);
    point.stall_memory.add(system.stall_memory_pct, report.interval_ns, report.time_unix_ns);
}

std::vector<SummarySlice> SliceSeries::slices() const {
    std::vector<SummarySlice> slices;
    slices.reserve(points_.size());
    for (const Point& point : points_) {
        SummarySlice& slice = slices.emplace_back();
        slice.from_unix_ns = point.from_unix_ns;
        slice.to_unix_ns = point.to_unix_ns;
        slice.from_ns = point.from_ns;
        slice.to_ns = point.to_ns;
        for (std::size_t state = 0; state < kStateCount; ++state) {
            slice.threads_in[state] = per(point.state_ns[state], point.elapsed_ns);
            slice.recorded_in[state] = per(point.recorded_ns[state], point.elapsed_ns);
        }
        slice.cpu_busy_pct = mean_of(point.cpu_busy);
        slice.stall_cpu_pct = mean_of(point.stall_cpu);
        slice.stall_io_pct = mean_of(point.stall_io);
        slice.stall_memory_pct = mean_of(point.stall_memory);
    }
    return slices;
}

}  // namespace tsa
