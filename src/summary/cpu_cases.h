// SPDX-License-Identifier: MIT
// Processes whose threads wait for a CPU although CPUs are free, or because their CPU quota is used up, by name,
// followed interval by interval: how long they were throttled, on which CPUs they ran, and how busy those were. A
// recording has no affinities, and an older one no throttled times: then only this distinguishes them. Used by
// FindingWatch only.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <vector>

#include "base/flat_map.h"
#include "model/report.h"
#include "summary/cases.h"

namespace tsa {

/// CPUs with a higher number are not followed.
inline constexpr std::size_t kMaxCpus = 4096;

struct CpuDetails {
    std::bitset<kMaxCpus> cpus;  ///< on which its threads ran
    std::uint32_t online = 0;
    std::uint64_t sightings = 0;              ///< intervals of threads that ran
    SpreadSum own_busy_pct, others_busy_pct;  ///< of the CPUs on which they ran, and of the others
    SpreadSum busy_pct;                       ///< of the machine
    SpreadSum exec;                           ///< CPUs that they used
    SpreadSum throttled;                      ///< threads whose quota was used up; empty: not measured
};

struct ProcessGroupId {
    std::uint32_t group = 0;

    bool operator==(const ProcessGroupId&) const = default;
    [[nodiscard]] std::uint64_t hash() const { return flat_hash(group); }
};

class CpuCases {
  public:
    using Table = CaseTable<ProcessGroupId, CpuDetails>;

    /// After each interval. `process_groups`: of the report's processes. `groups`: their number.
    void end(const Report& report, std::span<const std::uint32_t> process_groups, std::size_t groups);

    [[nodiscard]] const Table& limited() const { return limited_; }

  private:
    struct Sums {
        std::uint64_t exec_ns = 0, cpu_wait_ns = 0, throttled_ns = 0;
        bool knows_throttled = true;
        CpuDetails* details = nullptr;  ///< of a group that is limited in this interval
    };

    void note_cpus(const Report& report, std::span<const std::uint32_t> process_groups);

    std::vector<Sums> sums_;                                ///< by group
    std::vector<std::bitset<kMaxCpus>> ran_on_;             ///< in this interval, by limited group
    std::vector<std::uint32_t> limited_groups_, place_of_;  ///< place_of_: in ran_on_, by group
    Table limited_;
};

}  // namespace tsa
