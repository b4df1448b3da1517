// What the screens' user does to others: signals and nice values, each only to the very thread that was on the screen.
#pragma once

#include <string>

#include "tui/keys.h"

namespace tsa {

/// How it went, for the screen's bottom line.
struct ActionResult {
    std::string words;
    bool failed = false;
};

ActionResult send_signal(const Command& command);
ActionResult change_nice(const Command& command);

/// Start time in clock ticks since boot, field 22 of /proc/TID/stat; 0: not readable from this text.
[[nodiscard]] std::uint64_t start_ticks_of(std::string_view proc_stat);

}  // namespace tsa
