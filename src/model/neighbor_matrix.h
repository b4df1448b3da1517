// SPDX-License-Identifier: MIT
// Whose CPU time the threads of each cgroup waited for, in one interval: what a
// recording of neighbors has. Pure data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tsa {

/// A cgroup is named by its path, which begins with '/'; everything else by one
/// of these.
inline constexpr std::string_view kKernelThreads = "[kernel]";
inline constexpr std::string_view kNothingRan = "[idle]";     ///< the thread was about to be switched to
inline constexpr std::string_view kOwnQuota = "[own quota]";  ///< no one: the victim's CPU quota was used up
inline constexpr std::string_view kNotKnown = "[not known]";  ///< the probes do not know any more what ran

/// Time that threads of `victim` waited for a CPU on which those of `culprit`
/// ran.
struct CpuCharge {
    std::string victim, culprit;                  ///< raw
    std::uint64_t victim_id = 0, culprit_id = 0;  ///< of cgroups (v2), as threads
                                                  ///< have them; 0: not a cgroup
    std::uint64_t ns = 0;
};

struct NeighborInterval {
    std::vector<CpuCharge> charges;
    std::uint64_t missed_ns = 0;  ///< beyond the bound of the table: whose is not known
};

}  // namespace tsa
