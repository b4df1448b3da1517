// SPDX-License-Identifier: MIT
// The lines of a recording's neighbors.csv: whose CPU time the threads of each
// cgroup waited for. Written from a NeighborInterval and read back. Pure: the
// caller handles the files.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/neighbor_matrix.h"
#include "model/report.h"
#include "record/line_reader.h"

namespace tsa {

/// In the order of the file.
enum class NeighborField : std::uint8_t { time_unix_ns, victim, culprit, ns, victim_id, culprit_id };
inline constexpr std::array<LineColumn, 6> kNeighborColumns{{
    {"time_unix_ns", "end of the interval, wall-clock time"},
    {"victim",
     "whose threads waited for a CPU: the path of a cgroup (v2), or "
     "`[kernel]`: threads of the kernel; `[not known]`"},
    {"culprit",
     "whose threads ran there meanwhile: likewise, or `[idle]`: nothing ran; "
     "`[own quota]`: no one, the CPU quota of "
     "the victim was used up; `[not known]`: what ran is no longer known"},
    {"ns", "for how long, in waits that ended in the interval"},
    {"victim_id",
     "`cgroup_id` of the victim's threads in `threads.csv`; "
     "empty: not a cgroup"},
    {"culprit_id", "the same of the culprit's"},
}};

class NeighborLineWriter {
  public:
    /// The lines of one interval. Valid until the next call.
    std::string_view put(const Report& report, const NeighborInterval& interval);

  private:
    std::vector<const CpuCharge*> sorted_;
    fmt::memory_buffer text_;
};

/// Of the line that the reader has split. Absent: it is not a valid one.
[[nodiscard]] std::optional<CpuCharge> read_neighbor_line(const LineReader& reader);

}  // namespace tsa
