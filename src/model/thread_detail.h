// SPDX-License-Identifier: MIT
// All data of the drill-down's thread besides the Report: made by the loop for the one displayed thread, drawn by the
// view. Every part may be absent. Pure data.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/delays.h"
#include "model/reconcile.h"
#include "model/stack_times.h"
#include "model/wait_heat.h"
#include "model/waits.h"

namespace tsa {

/// The most CPU time that a cgroup and all below it may use.
struct CpuQuota {
    std::string cgroup;  ///< path of the cgroup whose quota it is; raw
    double cpus = 0;     ///< CPU time per time
};

/// Data from /proc about one thread; absent if this user may not read it or the kernel does not provide it.
struct ThreadProperties {
    std::optional<std::string> kernel_function;  ///< /proc/TID/wchan: where it sleeps in the kernel
    std::optional<std::string> cpus_allowed;     ///< "0-3,8": /proc/TID/status
    std::optional<std::string> cgroup;           ///< path in the hierarchy whose limits apply
    std::optional<std::string> command;          ///< its process's arguments, raw
    std::optional<std::uint64_t> resident_bytes, swapped_bytes, peak_resident_bytes;
    std::optional<std::uint32_t> allowed_count;  ///< CPUs in cpus_allowed
    std::optional<CpuQuota> quota;               ///< the smallest that applies to it
};

/// What a descriptor refers to: "socket", "pipe", "eventfd", "/var/log/x"; raw.
struct DescriptorName {
    std::int32_t fd = -1;
    std::string name;
};

struct ThreadDetail {
    ThreadKey key;
    ThreadProperties properties;
    std::vector<DescriptorName> descriptors;  ///< of descriptors named in the waits

    /// The last seconds, both sources side by side, in the order of Pair. `window_ns` 0: not measured yet.
    std::uint64_t window_ns = 0;
    std::array<Comparison, kPairCount> comparisons{};
    std::array<std::string, kPairCount> absences;  ///< why taskstats has no value there, as text; empty: it has
    std::optional<TaskStats> stats;                ///< newest reply
    DelayAccounting accounting;
    std::string stats_unavailable;  ///< why there is no taskstats at all, with a hint; empty: there is

    WaitTable waits;
    WaitHeat wait_heat;      ///< their lengths over time
    StackTimes stack_times;  ///< from when they were first asked for
};

}  // namespace tsa
