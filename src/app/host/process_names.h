// SPDX-License-Identifier: MIT
// Processes by their name, as a user types it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tsa {

/// IDs, ascending, of the processes whose main thread or program file is called `name`; if there is none, of those
/// whose name contains it, whatever the case. Without kernel threads of that part of a name, and without this process.
[[nodiscard]] std::vector<std::uint32_t> processes_called(std::string_view name);

}  // namespace tsa
