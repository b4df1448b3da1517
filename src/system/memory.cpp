// See memory.h.
#include "system/memory.h"

#include "base/scan.h"

namespace tsa {

MemoryInfo parse_meminfo(std::string_view proc_meminfo) {
    MemoryInfo info;
    while (std::optional<std::string_view> line = next_line(proc_meminfo)) {
        const std::string_view key = next_field(*line);
        std::optional<std::uint64_t>* target = key == "MemTotal:"       ? &info.total_bytes
                                               : key == "MemAvailable:" ? &info.available_bytes
                                               : key == "SwapTotal:"    ? &info.swap_total_bytes
                                               : key == "SwapFree:"     ? &info.swap_free_bytes
                                                                        : nullptr;
        if (target == nullptr) {
            continue;
        }
        const std::optional<std::uint64_t> bytes = scaled_number(next_field(*line), 1024);
        if (next_field(*line) == "kB") {
            *target = bytes;
        }
    }
    return info;
}

SwapTraffic parse_swap_traffic(std::string_view proc_vmstat, std::uint64_t page_bytes) {
    SwapTraffic traffic;
    while (std::optional<std::string_view> line = next_line(proc_vmstat)) {
        const std::string_view key = next_field(*line);
        if (key == "pswpin") {
            traffic.in_bytes = scaled_number(next_field(*line), page_bytes);
        } else if (key == "pswpout") {
            traffic.out_bytes = scaled_number(next_field(*line), page_bytes);
            break;  // it follows pswpin in every kernel, and a hundred lines follow it
        }
    }
    return traffic;
}

}  // namespace tsa
