// SPDX-License-Identifier: MIT
// What the screens start with: config.toml, and over it the options of the command line. And how the terminal is opened
// with that.
#pragma once

#include "cli/options.h"
#include "settings/settings.h"
#include "tui/screen.h"

namespace tsa {

/// Flags override the file.
void apply_flags(const ScreenFlags& flags, ScreenSettings& settings);
/// The theme and the colors of states.
void choose_theme(const ScreenSettings& settings, ScreenOptions& options);
/// The text of --filter: of a named filter what is in the file. Error: there is no such name.
[[nodiscard]] Result<std::string> filter_text(const std::string& filter, const ScreenSettings& settings);

}  // namespace tsa
