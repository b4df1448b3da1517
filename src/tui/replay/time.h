// SPDX-License-Identifier: MIT
// Moments of a recording in words: what a user types to get to one, and how one is shown. Pure; local time is that of
// the machine that was recorded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/utc_offsets.h"
#include "model/timeline.h"

namespace tsa {

inline constexpr std::string_view kMomentForms = "14:05, 14:05:30, 2026-11-21 14:05, +30s, -5m, 50%, #31 (an interval)";

/// The interval that `text` means: a time of day (the one nearest to `at` where the recording spans days), a date and
/// a time, a way from `at` (no unit: seconds; beyond an end: that end), a share of the recorded time, or an interval's
/// number from 1. Errors: none of these, with the forms as hint; a moment that is not in the recording, with its ends.
Result<std::size_t> find_moment(std::string_view text, const Timeline& timeline, std::size_t at,
                                const UtcOffsets& zone);

/// "2026-11-21".
[[nodiscard]] std::string date_words(std::uint64_t unix_ns, const UtcOffsets& zone);
/// "14:05:30", with `tenths` "14:05:30.5".
[[nodiscard]] std::string time_words(std::uint64_t unix_ns, const UtcOffsets& zone, bool tenths);
/// "1:02:03", "4:05", with `tenths` "4:05.2".
[[nodiscard]] std::string elapsed_words(std::uint64_t ns, bool tenths);
/// Begin and end are on different days of local time.
[[nodiscard]] bool spans_days(const Timeline& timeline, const UtcOffsets& zone);
/// CLOCK_REALTIME at which the recording begins.
[[nodiscard]] std::uint64_t begin_unix_ns(const Timeline& timeline);

}  // namespace tsa
