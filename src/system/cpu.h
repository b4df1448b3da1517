// SPDX-License-Identifier: MIT
// CPU time from /proc/stat, for all CPUs together and for each one. Pure: text in, values out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/system_sample.h"

namespace tsa {

/// Further CPUs are in the sum and in the number of CPUs, but not in the list.
inline constexpr std::size_t kMaxParsedCpus = 1024;

/// The "cpu" line of /proc/stat: all CPUs together since boot. Its user and nice columns already hold the time of
/// guests, so the guest columns are not added. The first four columns are required; later kernels added the others,
/// which are 0 if missing. `ns_per_tick` is 10^9 / sysconf(_SC_CLK_TCK).
[[nodiscard]] std::optional<CpuTimes> parse_cpu_times(std::string_view proc_stat, std::uint64_t ns_per_tick);

/// The following lines "cpu0", "cpu1" ...: one per online CPU. Fills `out` (at most kMaxParsedCpus, in file order) and
/// returns the number of lines; 0 and an empty list if one of them is malformed.
std::uint32_t parse_per_cpu(std::string_view proc_stat, std::uint64_t ns_per_tick, std::vector<CpuBusy>& out);

}  // namespace tsa
