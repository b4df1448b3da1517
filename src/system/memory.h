// SPDX-License-Identifier: MIT
// Memory and swap space from /proc/meminfo, swap traffic from /proc/vmstat. Pure: text in, values out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tsa {

/// MemAvailable exists since Linux 3.14; a kernel without swap support has no swap lines, one before 5.19 or without
/// zswap has no zswap lines.
struct MemoryInfo {
    std::optional<std::uint64_t> total_bytes, available_bytes, free_bytes, swap_total_bytes, swap_free_bytes;
    std::optional<std::uint64_t> buffers_bytes, cached_bytes, reclaimable_slab_bytes;
    std::optional<std::uint64_t> zswap_memory_bytes, zswap_data_bytes;

    /// Buffers, page cache and reclaimable slab. Absent unless the first two are known.
    [[nodiscard]] std::optional<std::uint64_t> cache_bytes() const;
};
[[nodiscard]] MemoryInfo parse_meminfo(std::string_view proc_meminfo);

/// Cumulative since boot. Absent without swap support.
struct SwapTraffic {
    std::optional<std::uint64_t> in_bytes, out_bytes;
    std::size_t text_bytes = 0;  ///< how much of the text was needed to find both
};
[[nodiscard]] SwapTraffic parse_swap_traffic(std::string_view proc_vmstat, std::uint64_t page_bytes);

}  // namespace tsa
