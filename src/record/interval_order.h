// SPDX-License-Identifier: MIT
// The order of the intervals of a recording, from the times in system.csv. A recording is written in the order of time,
// but files may have been put together, sorted or repeated since. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tsa {

/// The end of an interval by both clocks, and its length.
struct IntervalTime {
    std::uint64_t time_unix_ns = 0;
    std::uint64_t now_ns = 0;  ///< CLOCK_MONOTONIC; 0: not known
    std::uint64_t interval_ns = 0;
};

struct IntervalOrder {
    struct Place {
        std::size_t interval = 0;  ///< index of the argument
        std::size_t clock = 0;     ///< which CLOCK_MONOTONIC: another boot or machine has another one
    };
    std::vector<Place> places;      ///< each moment once, in the order of time
    std::uint64_t copies = 0;       ///< left out: an earlier one has the same time
    std::uint64_t overlapping = 0;  ///< left out: an earlier one covers a part of its time
    bool sorted = false;            ///< the argument had another order
};

/// Intervals of one boot are in the order of CLOCK_MONOTONIC. Another boot is recognized where that clock goes back and
/// its distance from the wall clock is a different one. Without CLOCK_MONOTONIC the order stays. O(n log n).
[[nodiscard]] IntervalOrder order_intervals(std::span<const IntervalTime> times);

/// The same for files that have only the wall clock, which may have been set: sorted by time only if more intervals
/// then begin where the one before them ended.
[[nodiscard]] IntervalOrder order_by_wall_clock(std::span<const IntervalTime> times);

}  // namespace tsa
