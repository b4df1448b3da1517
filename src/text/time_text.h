// SPDX-License-Identifier: MIT
// Times of a recording as text: local time of the recorded machine, on whatever machine it is read. Pure; does not use
// the time zone database.
#pragma once

#include <cstdint>
#include <string>

#include "base/utc_offsets.h"
#include "text/units.h"

namespace tsa {

/// "14:05:31", truncated to the second.
[[nodiscard]] ShortText clock_text(std::uint64_t unix_ns, std::int64_t utc_offset_s);
/// "2026-11-21 14:05:31".
[[nodiscard]] ShortText date_text(std::uint64_t unix_ns, std::int64_t utc_offset_s);
/// Where local time changed meanwhile.
[[nodiscard]] inline ShortText clock_text(std::uint64_t unix_ns, const UtcOffsets& zone) {
    return clock_text(unix_ns, zone.at(unix_ns));
}
[[nodiscard]] inline ShortText date_text(std::uint64_t unix_ns, const UtcOffsets& zone) {
    return date_text(unix_ns, zone.at(unix_ns));
}
/// "2026-11-21T14:05:31.000000123Z": RFC 3339, to the nanosecond.
[[nodiscard]] ShortText rfc3339_text(std::uint64_t unix_ns);
/// "UTC", "UTC+01:00", "UTC-09:30".
[[nodiscard]] ShortText zone_text(std::int64_t utc_offset_s);
/// "2026-11-21 14:05:31 to 2026-11-21 14:15:31 UTC+01:00"; where local time changed, each has its own zone.
[[nodiscard]] std::string span_text(std::uint64_t from_unix_ns, std::uint64_t to_unix_ns, const UtcOffsets& zone);

}  // namespace tsa
