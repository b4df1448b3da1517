// Memory and swap space from /proc/meminfo, swap traffic from /proc/vmstat. Pure: text in, values out.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tsa {

/// MemAvailable exists since Linux 3.14; a kernel without swap support has no swap lines.
struct MemoryInfo {
    std::optional<std::uint64_t> total_bytes, available_bytes, swap_total_bytes, swap_free_bytes;
};
[[nodiscard]] MemoryInfo parse_meminfo(std::string_view proc_meminfo);

/// Cumulative since boot. Absent without swap support.
struct SwapTraffic {
    std::optional<std::uint64_t> in_bytes, out_bytes;
};
[[nodiscard]] SwapTraffic parse_swap_traffic(std::string_view proc_vmstat, std::uint64_t page_bytes);

}  // namespace tsa
