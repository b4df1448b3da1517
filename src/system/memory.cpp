// SPDX-License-Identifier: MIT
// See memory.h.
#include "system/memory.h"

#include <algorithm>
#include <array>

#include "base/scan.h"

namespace tsa {
namespace {

struct MemoryLine {
    std::string_view key;
    std::optional<std::uint64_t> MemoryInfo::*target;
};
constexpr std::array<MemoryLine, 10> kLines{{
    {"MemTotal:", &MemoryInfo::total_bytes},
    {"MemFree:", &MemoryInfo::free_bytes},
    {"MemAvailable:", &MemoryInfo::available_bytes},
    {"Buffers:", &MemoryInfo::buffers_bytes},
    {"Cached:", &MemoryInfo::cached_bytes},
    {"SwapTotal:", &MemoryInfo::swap_total_bytes},
    {"SwapFree:", &MemoryInfo::swap_free_bytes},
    {"Zswap:", &MemoryInfo::zswap_memory_bytes},
    {"Zswapped:", &MemoryInfo::zswap_data_bytes},
    {"SReclaimable:", &MemoryInfo::reclaimable_slab_bytes},
}};

}  // namespace

std::optional<std::uint64_t> MemoryInfo::cache_bytes() const {
    return buffers_bytes && cached_bytes
               ? std::optional(*buffers_bytes + *cached_bytes + reclaimable_slab_bytes.value_or(0))
               : std::nullopt;
}

MemoryInfo parse_meminfo(std::string_view proc_meminfo) {
    MemoryInfo info;
    std::size_t found = 0;
    while (found < kLines.size()) {
        std::optional<std::string_view> line = next_line(proc_meminfo);
        if (!line) {
            break;
        }
        const auto known = std::ranges::find(kLines, next_field(*line), &MemoryLine::key);
        if (known == kLines.end()) {
            continue;
        }
        ++found;
        // 10 times this value does not overflow, and exceeds the memory of any machine.
        constexpr std::uint64_t kMostBytes = 1ULL << 60U;
        const std::optional<std::uint64_t> bytes = scaled_number(next_field(*line), 1024);
        if (bytes && *bytes <= kMostBytes && next_field(*line) == "kB") {
            info.*known->target = bytes;
        }
    }
    return info;
}

SwapTraffic parse_swap_traffic(std::string_view proc_vmstat, std::uint64_t page_bytes) {
    SwapTraffic traffic;
    const std::size_t all = proc_vmstat.size();
    while (std::optional<std::string_view> line = next_line(proc_vmstat)) {
        if (!line->starts_with("pswp")) {
            continue;
        }
        const std::string_view key = next_field(*line);
        if (key == "pswpin") {
            traffic.in_bytes = scaled_number(next_field(*line), page_bytes);
        } else if (key == "pswpout") {
            traffic.out_bytes = scaled_number(next_field(*line), page_bytes);
            break;  // pswpout follows pswpin in every kernel, and a hundred more lines follow
        }
    }
    traffic.text_bytes = all - proc_vmstat.size();
    return traffic;
}

}  // namespace tsa
