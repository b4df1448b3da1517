// SPDX-License-Identifier: MIT
// See process_clock.h.
#include "procfs/process_clock.h"

#include <ctime>

#include "base/time_units.h"

namespace tsa {

std::optional<std::uint64_t> process_clock_ns(std::uint32_t tgid) {
    // The same clock ID as from clock_getcpuclockid, without its system call to check it.
    constexpr std::uint32_t kExecutionTime = 2;
    const auto clock = static_cast<clockid_t>((~tgid << 3U) | kExecutionTime);
    timespec time{};
    if (tgid == 0 || ::clock_gettime(clock, &time) != 0) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(time.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace tsa
