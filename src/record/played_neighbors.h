// SPDX-License-Identifier: MIT
// The neighbors of one interval of a recording: whose CPU time the threads of each cgroup waited for.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "model/neighbors.h"
#include "record/interval_lines.h"

namespace tsa {

class PlayedNeighbors : public NeighborTable {
  public:
    /// `lines`: of neighbors.csv, which may be shared; must outlive it.
    explicit PlayedNeighbors(IntervalLines& lines) : lines_(lines) {}

    /// Reads the interval that ended at that time by the wall clock as it was recorded. Error: the file cannot be read.
    Result<void> read(std::uint64_t time_unix_ns);

    /// A recording has none of single threads.
    [[nodiscard]] const CpuWaitBy* of(const ThreadKey& /*thread*/) const override { return nullptr; }
    [[nodiscard]] const CgroupWaitBy* of_cgroup(std::uint64_t id) const override;
    [[nodiscard]] std::string_view unavailable() const override { return {}; }

  private:
    IntervalLines& lines_;
    std::unordered_map<std::uint64_t, CgroupWaitBy> cgroups_;  // by ID
};

}  // namespace tsa
