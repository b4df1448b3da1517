// SPDX-License-Identifier: MIT
// The number of threads on the machine, without listing them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsa {

/// All threads of the machine, from the fourth field of /proc/loadavg: "2/345" is 345.
[[nodiscard]] std::optional<std::uint32_t> parse_thread_count(std::string_view proc_loadavg);

/// The current number; `root` is the directory that contains proc/. Absent if it cannot be read.
[[nodiscard]] std::optional<std::uint32_t> read_thread_count(const std::string& root = "/");

}  // namespace tsa
