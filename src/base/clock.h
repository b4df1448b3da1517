// SPDX-License-Identifier: MIT
// The kernel's clocks as a single number.
#pragma once

#include <cstdint>
#include <ctime>

#include "base/time_namespace.h"
#include "base/time_units.h"

namespace tsa {

/// CLOCK_MONOTONIC, CLOCK_BOOTTIME or CLOCK_REALTIME in ns, without a system call (vDSO). As outside of any time
/// namespace, like the times of the probes.
[[nodiscard]] inline std::uint64_t clock_ns(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    const TimeOffsets& offsets = own_time_offsets();
    const std::int64_t offset_ns = clock == CLOCK_MONOTONIC  ? offsets.monotonic_ns
                                   : clock == CLOCK_BOOTTIME ? offsets.boottime_ns
                                                             : 0;
    return static_cast<std::uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(now.tv_nsec) -
           static_cast<std::uint64_t>(offset_ns);
}

}  // namespace tsa
