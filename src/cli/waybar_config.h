// The status bar's configuration file: TOML with one `key = value` per line and a section [thresholds]. Pure: text in,
// settings or a complaint that names the line out. Reading the file is the loop's business.
#pragma once

#include <string_view>

#include "base/result.h"
#include "waybar/settings.h"

namespace tsa {

inline constexpr std::size_t kMaxWaybarConfigBytes = 65'536;

/// Applies every line. `name` is the file's, for errors: "NAME:LINE: key: what is wrong".
[[nodiscard]] Result<void> apply_waybar_config(WaybarSettings& settings, std::string_view text, std::string_view name);

}  // namespace tsa
