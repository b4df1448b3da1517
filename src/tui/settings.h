// SPDX-License-Identifier: MIT
// Settings of config.toml to and from the state of the screens. Pure.
#pragma once

#include "settings/settings.h"
#include "tui/view_state.h"

namespace tsa {

/// As the screens are at first.
void apply_settings(const ScreenSettings& settings, ViewState& state);
/// Takes over what the state has; what it has not (theme, colors) stays.
void note_settings(const ViewState& state, ScreenSettings& settings);

}  // namespace tsa
