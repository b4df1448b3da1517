// SPDX-License-Identifier: MIT
// Settings of config.toml to and from the state of the screens. Pure.
#pragma once

#include "settings/settings.h"
#include "tui/view_state.h"

namespace tsa {

/// The view of the overview as a screen without a name, and the other way round, without its filter.
[[nodiscard]] SavedScreen view_of(const ViewState& state);
void put_view(const SavedScreen& screen, OverviewState& overview);
/// All screens, the main one first, with what the one that is shown has by now.
[[nodiscard]] std::vector<SavedScreen> screens_now(const ViewState& state);

/// As the screens are at first.
void apply_settings(const ScreenSettings& settings, ViewState& state);
/// Takes over what the state has; what it has not (theme, colors) stays.
void note_settings(const ViewState& state, ScreenSettings& settings);

}  // namespace tsa
