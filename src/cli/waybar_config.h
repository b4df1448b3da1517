// SPDX-License-Identifier: MIT
// The status bar's configuration file: TOML with the keys of the settings and a section [thresholds]. Pure: text in;
// settings, or an error with the line number, out. The command reads the file.
#pragma once

#include <string_view>

#include "base/result.h"
#include "waybar/settings.h"

namespace tsa {

inline constexpr std::size_t kMaxWaybarConfigBytes = 65'536;

/// Applies every setting. `name` is the file name for errors: "NAME:LINE: key: what is wrong". The input may be any
/// bytes.
[[nodiscard]] Result<void> apply_waybar_config(WaybarSettings& settings, std::string_view text, std::string_view name);

}  // namespace tsa
