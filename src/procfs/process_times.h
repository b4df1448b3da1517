// SPDX-License-Identifier: MIT
// Fills ProcessTimes: one system call for each process, so only for those that are shown, or all of a report if its
// rows are sorted by it.
#pragma once

#include <cstdint>
#include <span>

#include "model/process_times.h"
#include "model/report.h"
#include "procfs/process_clock.h"

namespace tsa {

/// Of these processes; what the table had before is dropped.
void read_process_times(std::span<const std::uint32_t> tgids, ProcessTimes& times,
                        const ProcessClock& clock = process_clock_ns);
void read_process_times(const Report& report, ProcessTimes& times, const ProcessClock& clock = process_clock_ns);

}  // namespace tsa
