// SPDX-License-Identifier: MIT
// Whether output other than a screen is colored: --color, NO_COLOR, and what the descriptor refers to.
#pragma once

#include "cli/options.h"

namespace tsa {

[[nodiscard]] bool wants_colors(ColorMode mode, int fd);

}  // namespace tsa
