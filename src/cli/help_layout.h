// SPDX-License-Identifier: MIT
// The help of a command as text for a terminal. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "cli/help_part.h"

namespace tsa {

inline constexpr std::size_t kMinHelpColumns = 40;
inline constexpr std::size_t kMaxHelpColumns = 120;  ///< longer lines are hard to read

/// No line is longer than `columns` (kMinHelpColumns to kMaxHelpColumns) unless a single word or a command line is.
/// `all`: with what is not essential.
[[nodiscard]] std::string format_help(const CommandHelp& help, std::size_t columns, bool all);

}  // namespace tsa
