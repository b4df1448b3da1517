// SPDX-License-Identifier: MIT
// What the user is doing on the page that looks closer at a process, and what its keys have to know of the frame that
// they were pressed on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/process_look.h"

namespace tsa {

struct LookState {
    LookTopic topic;
    std::string comm;  ///< of the process, raw
    std::string search;
    int find = 0;                 ///< a key asked for the next (1) or previous (-1) row that matches; done with a frame
    bool find_from_here = false;  ///< and the row under the cursor may be it
    bool not_found = false;
    int shift = 0;  ///< cells that the last column is moved to the left

    std::size_t cursor = 0, scroll = 0;    ///< rows
    std::size_t rows = 0, rows_shown = 0;  ///< that there are, and fit; noted with each frame
};

}  // namespace tsa
