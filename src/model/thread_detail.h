// All that the drill-down knows of its thread beside the Report: made by the loop for the one thread that is looked at,
// drawn by the view. Every part may be absent. Pure data.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/delays.h"
#include "model/reconcile.h"
#include "model/waits.h"

namespace tsa {

/// What /proc says of one thread; absent where this user may not read it or the kernel does not tell.
struct ThreadProperties {
    std::optional<std::string> kernel_function;  ///< /proc/TID/wchan: where it sleeps in the kernel
    std::optional<std::string> cpus_allowed;     ///< "0-3,8": /proc/TID/status
    std::optional<std::string> cgroup;           ///< path in the hierarchy that limits it
    std::optional<std::string> command;          ///< its process's arguments, raw
    std::optional<std::uint64_t> resident_bytes, swapped_bytes, peak_resident_bytes;
};

/// What stands behind a descriptor: "socket", "pipe", "eventfd", "/var/log/x"; raw.
struct DescriptorName {
    std::int32_t fd = -1;
    std::string name;
};

struct ThreadDetail {
    ThreadKey key;
    ThreadProperties properties;
    std::vector<DescriptorName> descriptors;  ///< of those that the waits name

    /// The last seconds, both sources side by side, in the order of Pair. `window_ns` 0: nothing measured yet.
    std::uint64_t window_ns = 0;
    std::array<Comparison, kPairCount> comparisons{};
    std::array<std::string, kPairCount> absences;  ///< why taskstats has no value there, in words; empty: it has
    std::optional<TaskStats> stats;                ///< newest reply
    DelayAccounting accounting;
    std::string stats_unavailable;  ///< why there is no taskstats at all, with what would help; empty: there is

    WaitTable waits;
};

}  // namespace tsa
