// SPDX-License-Identifier: MIT
// See latency.h.
#include "model/latency.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tsa {

namespace {

/// The rank, from 1, of the element at a share of `count` ordered ones.
std::uint64_t rank_of(double share, std::uint64_t count) {
    const double exact = std::ceil(share * static_cast<double>(count));
    return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact), 1, count);
}

constexpr std::array<StageInfo, kStageCount> kStages{
    {{"system", "read the numbers of the machine: /proc/stat and others"},
     {"threads", "read every thread from the source"},
     {"report", "subtract, sum up per process and machine"},
     {"format", "write it as a line for Waybar"},
     {"whole", "the refresh from end to end"}}};

}  // namespace

const StageInfo& stage_info(Stage stage) {
    return kStages[static_cast<std::size_t>(stage)];
}

std::optional<Quantiles> quantiles_of(std::span<std::uint64_t> times_ns) {
    if (times_ns.empty()) {
        return std::nullopt;
    }
    std::ranges::sort(times_ns);
    const auto at = [&](double share) { return times_ns[rank_of(share, times_ns.size()) - 1]; };
    Quantiles result;
    result.avg_ns = std::accumulate(times_ns.begin(), times_ns.end(), 0.0) / static_cast<double>(times_ns.size());
    result.p50_ns = at(0.50);
    result.p95_ns = at(0.95);
    result.p99_ns = at(0.99);
    result.min_ns = times_ns.front();
    result.max_ns = times_ns.back();
    return result;
}

std::uint64_t LatencyHistogram::count() const {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::optional<double> LatencyHistogram::mean_ns() const {
    const std::uint64_t runs = count();
    return runs == 0 ? std::nullopt : std::optional(static_cast<double>(total_ns) / static_cast<double>(runs));
}

std::optional<std::uint64_t> LatencyHistogram::below_ns(double share) const {
    const std::uint64_t all = count();
    if (all == 0) {
        return std::nullopt;
    }
    const std::uint64_t rank = rank_of(share, all);
    std::uint64_t seen = 0;
    std::size_t bucket = 0;
    while (bucket + 1 < kBuckets && (seen += counts[bucket]) < rank) {
        ++bucket;
    }
    return bucket_to_ns(bucket);
}

void LatencyHistogram::add(const LatencyHistogram& other) {
    total_ns += other.total_ns;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
        counts[bucket] += other.counts[bucket];
    }
}

LatencyHistogram LatencyHistogram::since(const LatencyHistogram& before) const {
    const auto minus = [](std::uint64_t now, std::uint64_t then) { return now > then ? now - then : 0; };
    LatencyHistogram result;
    result.total_ns = minus(total_ns, before.total_ns);
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
        result.counts[bucket] = minus(counts[bucket], before.counts[bucket]);
    }
    return result;
}

LatencyHistogram ProfileResult::all() const {
    LatencyHistogram sum;
    for (const ProgramLatency& program : programs) {
        sum.add(program.runs);
    }
    return sum;
}

double ProfileResult::cpu_pct(std::uint64_t total_ns) const {
    return interval_ns == 0 ? 0 : 100.0 * static_cast<double>(total_ns) / static_cast<double>(interval_ns);
}

}  // namespace tsa
