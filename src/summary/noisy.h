// SPDX-License-Identifier: MIT
// Whose CPU time the threads of each cgroup waited for, over a recording: sums
// of pairs, what looks wrong in them, and their part of the reports. Pure and
// bounded: kMaxNoisyPairs pairs.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/flat_map.h"
#include "model/neighbor_matrix.h"
#include "output/json.h"
#include "summary/lines.h"
#include "summary/summary.h"

namespace tsa {

inline constexpr std::size_t kMaxNoisyPairs = 8192;

class NoisySums {
  public:
    /// Of any interval. A pair beyond the bound is a charge to no one who is
    /// known.
    void add(const CpuCharge& charge);
    /// Most time first.
    [[nodiscard]] std::vector<NoisyPair> pairs() const;

  private:
    std::unordered_map<std::string, NoisyPair> pairs_;  // by both names
};

/// The cgroup, not its own, that took most of the CPU time that threads of that
/// cgroup waited for. Null: none did.
[[nodiscard]] const NoisyPair* worst_neighbor(const Summary& summary, std::uint64_t cgroup_id);

/// Cgroups that took most of the CPU time that another one waited for.
[[nodiscard]] std::vector<SummaryFinding> noisy_findings(const Summary& summary);

/// The section of the text report: at most `rows` cgroups with their worst
/// culprits. Nothing if there are none.
void put_noisy_lines(SummaryLines& lines, const Summary& summary, std::size_t rows);
/// "neighbors".
void put_noisy_json(Json& json, const Summary& summary);
/// The section of the page. Nothing if there are none.
void put_noisy_section(fmt::memory_buffer& out, const Summary& summary);

}  // namespace tsa
