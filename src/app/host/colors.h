// Whether output that is no screen is colored: --color, NO_COLOR, and what stands behind the descriptor.
#pragma once

#include "cli/options.h"

namespace tsa {

[[nodiscard]] bool wants_colors(ColorMode mode, int fd);

}  // namespace tsa
