// CPU time from /proc/stat and the number of CPUs from /sys/devices/system/cpu/online. Pure: text in, values out.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/sample.h"

namespace tsa {

/// The "cpu" line of /proc/stat: all CPUs together since boot. Its user and nice columns already hold the time of
/// guests, so the guest columns are not added. The first four columns must be there; later ones came with later kernels
/// and are 0 without. `ns_per_tick` is 10^9 / sysconf(_SC_CLK_TCK).
[[nodiscard]] std::optional<CpuTimes> parse_cpu_times(std::string_view proc_stat, std::uint64_t ns_per_tick);

/// How many CPUs a list such as "0-3,6" names.
[[nodiscard]] std::optional<std::uint32_t> parse_cpu_list(std::string_view text);

}  // namespace tsa
