// SPDX-License-Identifier: MIT
// See colors.h.
#include "app/host/colors.h"

#include <unistd.h>

#include <cstdlib>

namespace tsa {

bool wants_colors(ColorMode mode, int fd) {
    const char* no_color = std::getenv("NO_COLOR");
    const bool refused = no_color != nullptr && *no_color != '\0';
    return mode == ColorMode::always || (mode == ColorMode::automatic && !refused && ::isatty(fd) != 0);
}

}  // namespace tsa
