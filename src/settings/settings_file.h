// SPDX-License-Identifier: MIT
// config.toml as text: reading and writing. Pure: text in; settings, or an error with its line, out.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "settings/settings.h"

namespace tsa {

inline constexpr std::string_view kSettingsFile = "config.toml";
inline constexpr std::size_t kMaxSettingsBytes = 65'536;

/// `name` is that of the file, for errors: "NAME:LINE: key: what is wrong". Any bytes may be in it. What the file does
/// not say is as by default.
[[nodiscard]] Result<ScreenSettings> read_settings(std::string_view text, std::string_view name);
/// A value as the file has it.
[[nodiscard]] std::string setting_text(const SettingValue& value);
/// A file with every setting, each with its explanation.
[[nodiscard]] std::string settings_text(const ScreenSettings& settings);

}  // namespace tsa
