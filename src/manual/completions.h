// SPDX-License-Identifier: MIT
// Completions for bash, zsh and fish, made from the options of each command. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/help_part.h"
#include "manual/pages.h"

namespace tsa {

/// What completes the value of an option or an argument.
enum class Completes : unsigned char { nothing, choices, process, thread, column, recording, directory, file, user };

/// By the value's name: "PID", "on|off".
[[nodiscard]] Completes completion_of(const OptionHelp& option);
/// Of Completes::choices and Completes::column.
[[nodiscard]] std::vector<std::string> choices_of(const OptionHelp& option);

// Each is a whole file. The first command is the program without one.
[[nodiscard]] std::string bash_completion(std::span<const CommandHelp> commands);
[[nodiscard]] std::string zsh_completion(std::span<const CommandHelp> commands);
[[nodiscard]] std::string fish_completion(std::span<const CommandHelp> commands);

[[nodiscard]] std::vector<GeneratedFile> completions();

}  // namespace tsa
