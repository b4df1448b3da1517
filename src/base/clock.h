// The kernel's clocks as a single number.
#pragma once

#include <cstdint>
#include <ctime>

#include "base/time_units.h"

namespace tsa {

/// CLOCK_MONOTONIC, CLOCK_BOOTTIME or CLOCK_REALTIME in ns, without a system call (vDSO).
[[nodiscard]] inline std::uint64_t clock_ns(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace tsa
