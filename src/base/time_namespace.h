// SPDX-License-Identifier: MIT
// The offsets of this process's time namespace. The probes use the machine's clocks, and so does the rest of the
// program: clock.h removes the offsets; what is set or read by the kernel in the namespace's own time adds them again.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string_view>

namespace tsa {

/// What a time namespace adds to the machine's clocks, in ns; may be negative.
struct TimeOffsets {
    std::int64_t monotonic_ns = 0;
    std::int64_t boottime_ns = 0;
};

/// From the text of /proc/PID/timens_offsets. Absent: it is none.
[[nodiscard]] std::optional<TimeOffsets> parse_time_offsets(std::string_view text);

/// Those of this process, read once; zero in the machine's own namespace.
[[nodiscard]] const TimeOffsets& own_time_offsets();

}  // namespace tsa
