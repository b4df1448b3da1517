// The options of `rstat-tsa waybar`: what CLI11 fills, and what becomes of it. Pure.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// What CLI11 fills: still text.
struct WaybarRaw {
    std::string config, format, tooltip, top, color;
    std::vector<std::string> thresholds;
    bool ludicrous = false, plain = false, single_instance = false;
};

void add_waybar(CLI::App& app, WaybarRaw& raw);

/// `interval` and `kernel_threads`: of the options that all loops share, empty when not given.
[[nodiscard]] Result<WaybarOptions> to_waybar_options(const WaybarRaw& raw, std::string_view interval,
                                                      std::string_view kernel_threads);

inline constexpr std::string_view kLudicrousIntervalMs = "16";

}  // namespace tsa
