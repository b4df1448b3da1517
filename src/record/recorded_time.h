// SPDX-License-Identifier: MIT
// Which times and lengths a recording may contain. Files from elsewhere may contain any number: what is outside of
// these bounds is an invalid line, so that sums and differences of times cannot overflow later.
#pragma once

#include <cstdint>

namespace tsa {

/// Of a moment, by either clock: until the year 2116, or 146 years after boot.
inline constexpr std::uint64_t kMaxRecordedTimeNs = (std::uint64_t{1} << 62) - 1;
/// Of one interval: 2.3 years.
inline constexpr std::uint64_t kMaxRecordedLengthNs = std::uint64_t{1} << 56;

[[nodiscard]] constexpr bool is_recorded_time(std::uint64_t ns) {
    return ns <= kMaxRecordedTimeNs;
}

[[nodiscard]] constexpr bool is_recorded_length(std::uint64_t ns) {
    return ns <= kMaxRecordedLengthNs;
}

}  // namespace tsa
