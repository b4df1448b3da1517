// CPU time from /proc/stat, of all CPUs together and of each. Pure: text in, values out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/system_sample.h"

namespace tsa {

/// CPUs beyond this many are in the sum and in the number of CPUs, not in the list.
inline constexpr std::size_t kMaxListedCpus = 1024;

/// The "cpu" line of /proc/stat: all CPUs together since boot. Its user and nice columns already hold the time of
/// guests, so the guest columns are not added. The first four columns must be there; later ones came with later kernels
/// and are 0 without. `ns_per_tick` is 10^9 / sysconf(_SC_CLK_TCK).
[[nodiscard]] std::optional<CpuTimes> parse_cpu_times(std::string_view proc_stat, std::uint64_t ns_per_tick);

/// The lines "cpu0", "cpu1" ... that follow: one for each CPU that is online. Fills `out` (at most kMaxListedCpus, in
/// the file's order) and returns how many lines there are; 0 and an empty list if one of them is not readable.
std::uint32_t parse_per_cpu(std::string_view proc_stat, std::uint64_t ns_per_tick, std::vector<CpuBusy>& out);

}  // namespace tsa
