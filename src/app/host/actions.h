// SPDX-License-Identifier: MIT
// What the user of the screens does to threads: signals and nice values, only ever to the thread that was on the
// screen.
#pragma once

#include <string>

#include "tui/command.h"

namespace tsa {

/// The outcome, for the screen's bottom line.
struct ActionResult {
    std::string words;
    bool failed = false;
};

ActionResult send_signal(const Command& command);
ActionResult change_nice(const Command& command);

}  // namespace tsa
