// SPDX-License-Identifier: MIT
// See cpu.h.
#include "system/cpu.h"

#include <array>

#include "base/scan.h"

namespace tsa {
namespace {

// The columns after a line's name.
std::optional<CpuTimes> parse_columns(std::string_view fields, std::uint64_t ns_per_tick) {
    constexpr std::size_t kRequired = 4;
    std::array<std::uint64_t, 8> column_ns{};
    for (std::size_t column = 0; column < column_ns.size(); ++column) {
        const std::string_view field = next_field(fields);
        if (field.empty() && column >= kRequired) {
            break;
        }
        const std::optional<std::uint64_t> value_ns = scaled_number(field, ns_per_tick);
        if (!value_ns) {
            return std::nullopt;
        }
        column_ns[column] = *value_ns;
    }
    const auto [user, nice, system, idle, iowait, irq, softirq, steal] = column_ns;
    return CpuTimes{user, nice, system, idle, iowait, irq, softirq, steal};
}

}  // namespace

std::optional<CpuTimes> parse_cpu_times(std::string_view proc_stat, std::uint64_t ns_per_tick) {
    std::optional<std::string_view> line = next_line(proc_stat);
    if (!line || next_field(*line) != "cpu") {
        return std::nullopt;
    }
    return parse_columns(*line, ns_per_tick);
}

std::uint32_t parse_per_cpu(std::string_view proc_stat, std::uint64_t ns_per_tick, std::vector<CpuBusy>& out) {
    constexpr std::string_view kName = "cpu";
    out.clear();
    (void)next_line(proc_stat);
    std::uint32_t lines = 0;
    while (proc_stat.starts_with(kName)) {
        std::optional<std::string_view> line = next_line(proc_stat);
        const std::optional<std::uint32_t> cpu =
            line ? number<std::uint32_t>(next_field(*line).substr(kName.size())) : std::nullopt;
        const std::optional<CpuTimes> times = cpu ? parse_columns(*line, ns_per_tick) : std::nullopt;
        if (!times) {
            out.clear();
            return 0;
        }
        ++lines;
        if (out.size() < kMaxParsedCpus) {
            out.push_back({*cpu, times->busy_ns(), times->idle_ns + times->iowait_ns});
        }
    }
    return lines;
}

}  // namespace tsa
