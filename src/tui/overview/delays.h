// SPDX-License-Identifier: MIT
// DELAY as the screens show it and sort by it: the exact delays, and the part of other waits that a label calls a delay
// (model/wait_labels.h). Labels are of threads; a process has those of its threads.
#pragma once

#include <cstdint>
#include <vector>

#include "model/report.h"

namespace tsa {

class ShownDelays {
  public:
    ShownDelays() = default;
    explicit ShownDelays(const Report& report) { update(report); }
    /// Allocates nothing once there were as many processes.
    void update(const Report& report);

    /// A row of the report of the last update().
    [[nodiscard]] std::uint64_t of(const Report& report, const ProcessRow& row) const;

  private:
    std::vector<std::uint64_t> labeled_ns_;  // by process; empty: no thread has such a label
};

}  // namespace tsa
