// See cpu.h.
#include "system/cpu.h"

#include <array>
#include <cstddef>

#include "base/scan.h"

namespace tsa {

std::optional<CpuTimes> parse_cpu_times(std::string_view proc_stat, std::uint64_t ns_per_tick) {
    std::optional<std::string_view> line = next_line(proc_stat);
    if (!line || next_field(*line) != "cpu") {
        return std::nullopt;
    }
    constexpr std::size_t kRequired = 4;
    std::array<std::uint64_t, 8> column_ns{};
    for (std::size_t column = 0; column < column_ns.size(); ++column) {
        const std::string_view field = next_field(*line);
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

std::optional<std::uint32_t> parse_cpu_list(std::string_view text) {
    std::optional<std::string_view> rest = next_line(text);
    if (!rest || rest->empty()) {
        return std::nullopt;
    }
    std::uint32_t count = 0;
    while (!rest->empty()) {
        const std::size_t comma = rest->find(',');
        const std::string_view range = rest->substr(0, comma);
        rest->remove_prefix(comma == std::string_view::npos ? rest->size() : comma + 1);
        const std::size_t dash = range.find('-');
        const std::optional<std::uint32_t> first = number<std::uint32_t>(range.substr(0, dash));
        const std::optional<std::uint32_t> last =
            dash == std::string_view::npos ? first : number<std::uint32_t>(range.substr(dash + 1));
        if (!first || !last || *last < *first) {
            return std::nullopt;
        }
        count += *last - *first + 1;
    }
    return count;
}

}  // namespace tsa
