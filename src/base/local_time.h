// SPDX-License-Identifier: MIT
// Wall-clock time in the time zone of this machine. A recording's moments are in the zone of the machine that was
// recorded: text/time_text.h writes those.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>

namespace tsa {

/// Absent: the C library has no local time for that moment.
[[nodiscard]] inline std::optional<std::tm> local_time(std::int64_t unix_s) {
    const auto at = static_cast<std::time_t>(unix_s);
    std::tm local{};
    return ::localtime_r(&at, &local) != nullptr ? std::optional(local) : std::nullopt;
}

/// How far local time is ahead of UTC at that moment; 0 when that is not known.
[[nodiscard]] inline std::int64_t utc_offset_s(std::int64_t unix_s) {
    const std::optional<std::tm> local = local_time(unix_s);
    return local ? local->tm_gmtoff : 0;
}

}  // namespace tsa
