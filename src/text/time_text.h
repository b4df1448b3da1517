// Times of a recording as text: local time of the recorded machine, on whatever machine it is read. Pure; does not use
// the time zone database.
#pragma once

#include <cstdint>

#include "text/units.h"

namespace tsa {

/// "14:05:31", truncated to the second.
[[nodiscard]] ShortText clock_text(std::uint64_t unix_ns, std::int64_t utc_offset_s);
/// "2026-11-21 14:05:31".
[[nodiscard]] ShortText date_text(std::uint64_t unix_ns, std::int64_t utc_offset_s);
/// "UTC", "UTC+01:00", "UTC-09:30".
[[nodiscard]] ShortText zone_text(std::int64_t utc_offset_s);

}  // namespace tsa
