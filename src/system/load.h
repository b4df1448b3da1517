// The load averages of /proc/loadavg and the uptime of /proc/uptime. Pure: text in, values out.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace tsa {

/// Over 1, 5 and 15 minutes.
[[nodiscard]] std::optional<std::array<double, 3>> parse_load(std::string_view proc_loadavg);

/// Seconds since boot, suspended time included.
[[nodiscard]] std::optional<double> parse_uptime_s(std::string_view proc_uptime);

}  // namespace tsa
