// Whether a thread is still the same one: a TID may be reused, a pair of TID and start time never is.
#pragma once

#include <cstdint>
#include <string_view>

namespace tsa {

/// Start time in clock ticks since boot, field 22 of /proc/TID/stat; 0: not found in this text.
[[nodiscard]] std::uint64_t start_ticks_of(std::string_view stat_line);

/// Reads /proc/TID/stat. `start_time_ns`: since boot, as in the kernel.
[[nodiscard]] bool task_exists(std::uint32_t tid, std::uint64_t start_time_ns);

}  // namespace tsa
