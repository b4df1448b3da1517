// SPDX-License-Identifier: MIT
// "did you mean": for words that are neither a command nor an option. Pure.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace tsa {

/// For `rstat-tsa WORD`, where no process has that name either.
[[nodiscard]] Error unknown_command(const std::string& word);
/// For `rstat-tsa help WORD`.
[[nodiscard]] Error unknown_command_for_help(const std::string& word);
/// The option of `part` that resembles the first argument that is none; empty: there is none.
[[nodiscard]] std::string nearest_option(const CLI::App& part, const std::vector<std::string>& arguments);

}  // namespace tsa
