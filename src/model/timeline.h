// SPDX-License-Identifier: MIT
// An overview of a recording: what the whole machine did in each interval. Small enough to keep days of it in memory.
// Made by src/record when a recording is opened, drawn as the strip of the replay. Pure data.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/state.h"

namespace tsa {

/// One interval.
struct TimeSlice {
    std::uint64_t time_unix_ns = 0;  ///< its end: never goes back
    std::uint64_t now_ns = 0;        ///< the same, CLOCK_MONOTONIC of the machine that was recorded: never goes back
    std::uint64_t interval_ns = 0;
    PerState<float> threads_in{};  ///< average number of threads in each state, of the whole machine
    std::optional<float> cpu_busy_pct, stall_cpu_pct, stall_io_pct, stall_memory_pct;
    bool lost = false;  ///< thread data of this interval is incomplete: see Health::lost
    /// Not recorded: the rows that it must have are not in the recording. The machine's own numbers are still right.
    bool missing = false;
    /// False: time between the slice before it and this one is not in the recording, or that one is missing.
    bool follows = true;
    std::optional<double> uptime_s;  ///< since boot, suspended time included
    std::int64_t clock_jump_ns = 0;  ///< by how much the wall clock was set in it; 0: it ran on
    bool suspended = false;          ///< it was not set: the machine was suspended for so long
    std::int64_t unix_shift_ns = 0;  ///< time_unix_ns minus the recorded time: see straighten_clock()
};

using Timeline = std::vector<TimeSlice>;

}  // namespace tsa
