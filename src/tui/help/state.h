// SPDX-License-Identifier: MIT
// What the user is doing on the help page.
#pragma once

#include <cstddef>

namespace tsa {

struct HelpState {
    std::size_t scroll = 0;  ///< first line drawn
};

}  // namespace tsa
