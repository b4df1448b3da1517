// SPDX-License-Identifier: MIT
// The terminal's description by its type, $TERM: whether it can show the screens, and its strings. The only file that
// includes <term.h>, whose macros have names as common as "columns".
#pragma once

#include <string>

#include "base/result.h"

namespace tsa {

/// The type in $TERM can show the screens. Errors: the terminal database lacks it, or it cannot move its cursor.
[[nodiscard]] Result<void> check_terminal_type(int terminal_fd);
/// A string of the description by its short name, as "kcuu1"; empty where it has none. After newterm().
[[nodiscard]] std::string capability(const std::string& name);

}  // namespace tsa
