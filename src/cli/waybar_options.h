// SPDX-License-Identifier: MIT
// The options of `rstat-tsa waybar`: what CLI11 fills, and its conversion. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/common_options.h"

namespace tsa {

/// What CLI11 fills. Settings are still text: waybar/settings.h checks them.
struct WaybarLine {
    std::string config, format, tooltip, top, escape;
    std::optional<ColorMode> color;
    std::vector<std::string> thresholds;
    bool ludicrous = false, plain = false, single_instance = false;
};

void add_waybar(OptionList list, WaybarLine& line, CommonValues& common);
[[nodiscard]] Result<WaybarOptions> finish_waybar(const WaybarLine& line, const CommonValues& common);

inline constexpr std::string_view kLudicrousIntervalMs = "16";

}  // namespace tsa
