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
    std::uint64_t time_unix_ns = 0;  ///< its end
    std::uint64_t now_ns = 0;        ///< the same, CLOCK_MONOTONIC of the machine that was recorded: never goes back
    std::uint64_t interval_ns = 0;
    PerState<float> threads_in{};  ///< average number of threads in each state, of the whole machine
    std::optional<float> cpu_busy_pct, stall_cpu_pct, stall_io_pct, stall_memory_pct;
    bool lost = false;  ///< thread data of this interval is incomplete: see Health::lost
};

using Timeline = std::vector<TimeSlice>;

}  // namespace tsa
