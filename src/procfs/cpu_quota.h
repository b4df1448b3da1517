// SPDX-License-Identifier: MIT
// How much CPU time the cgroup of a thread may use: the smallest quota from its own cgroup up to the root, in cgroup v2
// (cpu.max) or in version 1's cpu hierarchy (cpu.cfs_quota_us).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/thread_detail.h"

namespace tsa {

/// `proc_cgroup` and `mountinfo`: the texts of /proc/TID/cgroup and /proc/self/mountinfo. Absent if there is no quota,
/// and if the cgroup is outside what is mounted here. Reads one or two small files per level.
[[nodiscard]] std::optional<CpuQuota> read_cpu_quota(std::string_view proc_cgroup, std::string_view mountinfo,
                                                     const std::string& root = "/");

}  // namespace tsa
