// SPDX-License-Identifier: MIT
// How a command ended, for main.
#pragma once

#include <string>

#include "cli/options.h"

namespace tsa {

struct Outcome {
    int exit_code = kExitOk;
    std::string note;  ///< for stderr; empty: none
};

}  // namespace tsa
