// SPDX-License-Identifier: MIT
// Each command as it is described: its options as CLI11 has them, and the texts of help.h. Pure.
#pragma once

#include <vector>

#include "cli/commands.h"
#include "cli/help_part.h"

namespace tsa {

[[nodiscard]] CommandHelp help_of(const CommandSpec& command);
/// The program without a command first.
[[nodiscard]] std::vector<CommandHelp> help_of_all();

}  // namespace tsa
