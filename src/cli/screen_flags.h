// SPDX-License-Identifier: MIT
// The options of the screens that override settings of config.toml. Pure.
#pragma once

#include "cli/common_options.h"

namespace tsa {

void add_screen_flags(OptionList& list, ScreenFlags& flags, CommonValues& common);

}  // namespace tsa
