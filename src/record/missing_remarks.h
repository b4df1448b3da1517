// SPDX-License-Identifier: MIT
// What is wrong with the intervals of a recording, as remarks: what is missing and when, what is there more than once,
// where the clock was set.
#pragma once

#include <cstdint>

#include "record/recording_parts.h"

namespace tsa {

/// Intervals, unless the name says something else.
struct JoinCounts {
    std::uint64_t copies = 0;       ///< that the files have again
    std::uint64_t repeating = 0;    ///< with a row that the file has again
    std::uint64_t overlapping = 0;  ///< left out: their time is covered by others
    std::uint64_t scattered = 0;    ///< left out: their rows are not together
    std::uint64_t out_of_range = 0;
    bool sorted = false;               ///< they were in another order
    std::uint64_t lost_intervals = 0;  ///< fewer than meta.json says
    std::uint64_t lost_rows = 0;       ///< rows fewer than meta.json says
};

void remark_on_intervals(RecordingParts& parts, const JoinCounts& counts);
/// Where the clock was set or the machine suspended: see TimeSlice::clock_jump_ns.
void remark_on_clock(RecordingParts& parts);

}  // namespace tsa
