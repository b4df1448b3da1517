// SPDX-License-Identifier: MIT
// How the kernel schedules a thread, as its settings are: CPUs, policy, priorities. Pure data.
#pragma once

#include <cstdint>
#include <vector>

namespace tsa {

struct Scheduling {
    std::vector<std::uint32_t> cpus;         ///< that it may run on, ascending
    std::vector<std::uint32_t> online_cpus;  ///< of the machine
    int policy = 0;                          ///< SCHED_*
    int rt_priority = 0;
    int io_class = 0;  ///< IOPRIO_CLASS_*: 0 none was set, 1 real-time, 2 best effort, 3 idle
    int io_level = 0;  ///< 0 to 7

    bool operator==(const Scheduling&) const = default;
};

}  // namespace tsa
