// SPDX-License-Identifier: MIT
// Where the running program is, and what was installed with it.
#pragma once

#include <filesystem>
#include <string_view>

namespace tsa {

/// Its file; empty: unknown.
[[nodiscard]] std::filesystem::path own_program();

/// "share/terminfo" in the folder above the program's bin, whether it is there or not; empty: unknown.
[[nodiscard]] std::filesystem::path installed_path(std::string_view below_prefix);

}  // namespace tsa
