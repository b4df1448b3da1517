// SPDX-License-Identifier: MIT
// See time_namespace.h.
#include "base/time_namespace.h"

#include "base/scan.h"
#include "base/text_file.h"
#include "base/time_units.h"

namespace tsa {

namespace {

/// "  -86400" and "500000000": the fraction is never negative.
std::optional<std::int64_t> offset_ns(std::string_view seconds, std::string_view fraction) {
    const bool is_negative = seconds.starts_with('-');
    seconds.remove_prefix(is_negative ? 1 : 0);
    const auto whole = number<std::uint32_t>(seconds);
    const auto part_ns = number<std::uint32_t>(fraction);
    if (!whole || !part_ns) {
        return std::nullopt;
    }
    const std::int64_t whole_ns = std::int64_t{*whole} * static_cast<std::int64_t>(kNsPerSecond);
    return (is_negative ? -whole_ns : whole_ns) + std::int64_t{*part_ns};
}

}  // namespace

std::optional<TimeOffsets> parse_time_offsets(std::string_view text) {
    std::optional<std::int64_t> monotonic_ns;
    std::optional<std::int64_t> boottime_ns;
    while (const auto line = next_line(text)) {
        std::string_view rest = *line;
        const std::string_view clock = next_field(rest);
        const std::string_view seconds = next_field(rest);
        const auto offset = offset_ns(seconds, next_field(rest));
        if (clock == "monotonic") {
            monotonic_ns = offset;
        } else if (clock == "boottime") {
            boottime_ns = offset;
        }
    }
    return monotonic_ns && boottime_ns ? std::optional(TimeOffsets{*monotonic_ns, *boottime_ns}) : std::nullopt;
}

const TimeOffsets& own_time_offsets() {
    // Absent before Linux 5.6, and in a kernel without time namespaces.
    static const TimeOffsets kOffsets =
        parse_time_offsets(read_text_file("/proc/self/timens_offsets").value_or("")).value_or(TimeOffsets{});
    return kOffsets;
}

}  // namespace tsa
