// SPDX-License-Identifier: MIT
// Whether a thread is still the same one: a TID may be reused, a pair of TID and start time never is. Start times are
// ns since boot as in the kernel, outside of any time namespace.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tsa {

/// Start time in clock ticks since boot, field 22 of /proc/TID/stat; 0: not found in this text.
[[nodiscard]] std::uint64_t start_ticks_of(std::string_view stat_line);

/// /proc has a start time in clock ticks, in this process's time namespace: of a time in the kernel, and back, which
/// rounds it down to a tick.
[[nodiscard]] std::uint64_t start_ticks(std::uint64_t start_time_ns);
[[nodiscard]] std::uint64_t start_time_ns(std::uint64_t ticks);

/// From /proc/TID/stat, rounded down to a tick. Absent: there is no such thread.
[[nodiscard]] std::optional<std::uint64_t> read_start_time_ns(std::uint32_t tid);

/// Reads /proc/TID/stat. `start_time_ns`: exact, or rounded down to a tick.
[[nodiscard]] bool task_exists(std::uint32_t tid, std::uint64_t start_time_ns);

}  // namespace tsa
