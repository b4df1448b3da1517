// SPDX-License-Identifier: MIT
// See clock_jumps.h.
#include "record/clock_jumps.h"

#include <algorithm>
#include <cmath>

#include "base/time_units.h"
#include "record/recorded_time.h"

namespace tsa {

namespace {

/// Both clocks are read one after the other, and a wall clock that is off may be slewed by 10 % (chrony).
constexpr std::int64_t kReadingToleranceNs = 100'000'000;
constexpr std::int64_t kMaxSlewedNs = 1'000'000'000;
constexpr std::int64_t kSlewPart = 10;
constexpr auto kMaxShiftNs = static_cast<std::int64_t>(kMaxRecordedTimeNs);

/// Recorded times are below 2^62 (record/recorded_time.h), those of a timeline below 2^63.
std::int64_t difference_ns(std::uint64_t from, std::uint64_t to) {
    return static_cast<std::int64_t>(to) - static_cast<std::int64_t>(from);
}

std::int64_t jump_between(const TimeSlice& before, const TimeSlice& slice, bool has_clock) {
    const std::int64_t elapsed_ns = difference_ns(before.now_ns, slice.now_ns);
    const std::int64_t jump_ns = difference_ns(before.time_unix_ns, slice.time_unix_ns) - elapsed_ns;
    const std::int64_t slewed_ns = std::min(elapsed_ns / kSlewPart, kMaxSlewedNs);
    const bool is_jump = std::abs(jump_ns) > kReadingToleranceNs + slewed_ns;
    return is_jump && (has_clock || slice.time_unix_ns < before.time_unix_ns) ? jump_ns : 0;
}

/// The uptime includes suspended time, which CLOCK_MONOTONIC does not.
bool was_suspended(const TimeSlice& before, const TimeSlice& slice) {
    constexpr double kToleranceS = 1;
    if (!before.uptime_s || !slice.uptime_s || slice.clock_jump_ns <= 0) {
        return false;
    }
    constexpr double kNs = static_cast<double>(kNsPerSecond);
    const double awake_s = static_cast<double>(difference_ns(before.now_ns, slice.now_ns)) / kNs;
    const double asleep_s = *slice.uptime_s - *before.uptime_s - awake_s;
    return std::abs(asleep_s - static_cast<double>(slice.clock_jump_ns) / kNs) <= kToleranceS;
}

}  // namespace

void straighten_clock(Timeline& timeline, const std::vector<bool>& has_clock) {
    for (std::size_t at = 1; at < timeline.size(); ++at) {
        TimeSlice& slice = timeline[at];
        slice.clock_jump_ns = jump_between(timeline[at - 1], slice, has_clock[at - 1] && has_clock[at]);
        slice.suspended = was_suspended(timeline[at - 1], slice);
    }
    std::int64_t shift_ns = 0, latest_ns = INT64_MAX;
    for (std::size_t at = timeline.size(); at-- > 0;) {
        TimeSlice& slice = timeline[at];
        const auto time_ns = static_cast<std::int64_t>(slice.time_unix_ns);
        const std::int64_t straight_ns = std::clamp<std::int64_t>(time_ns + shift_ns, 0, latest_ns);
        slice.unix_shift_ns = straight_ns - time_ns;
        slice.time_unix_ns = static_cast<std::uint64_t>(straight_ns);
        latest_ns = straight_ns;
        shift_ns += std::max(std::min<std::int64_t>(slice.clock_jump_ns, 0), -kMaxShiftNs - shift_ns);
    }
}

}  // namespace tsa
