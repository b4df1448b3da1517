// What the screens' user does to others: signals and nice values, each only to the very thread that was on the screen.
#pragma once

#include <string>

#include "tui/command.h"

namespace tsa {

/// How it went, for the screen's bottom line.
struct ActionResult {
    std::string words;
    bool failed = false;
};

ActionResult send_signal(const Command& command);
ActionResult change_nice(const Command& command);

}  // namespace tsa
