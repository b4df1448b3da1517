// SPDX-License-Identifier: MIT
// The load averages of /proc/loadavg. Pure: text in, values out.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace tsa {

/// Over 1, 5 and 15 minutes.
[[nodiscard]] std::optional<std::array<double, 3>> parse_load(std::string_view proc_loadavg);

}  // namespace tsa
