// SPDX-License-Identifier: MIT
// Statistics of durations: quantiles of a list of times, and histograms in powers of two. For `bench` and `profile`,
// which measure the cost of this program. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/health.h"

namespace tsa {

/// Of a list of times, in ns. A quantile is the smallest time that at least that share of the times does not exceed.
struct Quantiles {
    double avg_ns = 0;
    std::uint64_t p50_ns = 0, p95_ns = 0, p99_ns = 0;
    std::uint64_t min_ns = 0, max_ns = 0;
};

/// Absent: no times. Sorts `times_ns`.
[[nodiscard]] std::optional<Quantiles> quantiles_of(std::span<std::uint64_t> times_ns);

/// Times counted by their length: bucket b counts [2^b, 2^(b+1)) ns, the first also 0, the last also all longer times.
struct LatencyHistogram {
    static constexpr std::size_t kBuckets = 32;
    std::uint64_t total_ns = 0;
    std::array<std::uint64_t, kBuckets> counts{};

    [[nodiscard]] std::uint64_t count() const;
    [[nodiscard]] std::optional<double> mean_ns() const;
    /// Upper bound of a quantile, `share` in (0, 1]: the end of the bucket that holds it, exclusive. Absent: nothing
    /// counted.
    [[nodiscard]] std::optional<std::uint64_t> below_ns(double share) const;
    void add(const LatencyHistogram& other);
    /// What was counted since `before`, an earlier state of the same histogram. A difference below 0, possible with a
    /// torn read, is 0.
    [[nodiscard]] LatencyHistogram since(const LatencyHistogram& before) const;

    [[nodiscard]] static constexpr std::uint64_t bucket_from_ns(std::size_t bucket) {
        return bucket == 0 ? 0 : std::uint64_t{1} << bucket;
    }
    /// Exclusive.
    [[nodiscard]] static constexpr std::uint64_t bucket_to_ns(std::size_t bucket) { return std::uint64_t{2} << bucket; }
};

/// The runs of one BPF program.
struct ProgramLatency {
    std::string program;  ///< "tsa_switch"
    std::string event;    ///< "sched_switch"
    LatencyHistogram runs;
};

/// The machine on which a cost was measured.
struct CostContext {
    std::string kernel_release, architecture;
    std::uint32_t cpus = 0;     ///< online
    std::uint64_t threads = 0;  ///< of the whole machine, at the end
};

/// Parts of a refresh, in order.
enum class Stage : std::uint8_t { system, threads, report, format, whole };
inline constexpr std::size_t kStageCount = 5;

struct StageInfo {
    std::string_view key, meaning;
};
[[nodiscard]] const StageInfo& stage_info(Stage stage);

/// What `bench` measured.
struct BenchResult {
    CostContext context;
    Source source = Source::bpf;
    std::uint64_t pause_ns = 0;   ///< between the end of a refresh and the next one
    std::uint64_t wanted = 0;     ///< refreshes requested
    std::uint64_t refreshes = 0;  ///< done: fewer if it was stopped
    std::array<std::optional<Quantiles>, kStageCount> stages;
};

/// What `profile` measured.
struct ProfileResult {
    CostContext context;
    std::uint64_t interval_ns = 0;
    std::uint64_t wanted_ns = 0;           ///< requested: longer than measured if it was stopped
    std::optional<double> empty_ns;        ///< time of an empty program; included in every time below
    std::vector<ProgramLatency> programs;  ///< those of events, in the interval
    std::optional<ProgramLatency> seed;    ///< before the interval: once for each thread that existed at the start

    [[nodiscard]] LatencyHistogram all() const;
    /// Time in percent of one CPU over the interval.
    [[nodiscard]] double cpu_pct(std::uint64_t total_ns) const;
};

}  // namespace tsa
