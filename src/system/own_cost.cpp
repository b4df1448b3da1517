// SPDX-License-Identifier: MIT
// See own_cost.h.
#include "system/own_cost.h"

#include <ctime>

#include "base/time_units.h"

namespace tsa {

void read_own_cpu(OwnCost& out) {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    out.cpu_ns = static_cast<std::uint64_t>(used.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(used.tv_nsec);
}

}  // namespace tsa
