// SPDX-License-Identifier: MIT
// Joins the rows of threads.csv with the lines of system.csv into the timeline of a recording, and finds out which
// intervals lack the rows that they must have. How many those are is in system.csv. Recordings of older versions do not
// have that: there an interval of a recording of all threads has at least the recorder's own row, and meta.json has
// their number. Pure.
#pragma once

#include <vector>

#include "record/recording_parts.h"
#include "record/recording_scan.h"

namespace tsa {

struct ScannedFiles {
    std::vector<RowRun> runs;          ///< in file order
    std::vector<SystemEntry> entries;  ///< likewise
    bool rows_cut_off = false;         ///< the last line of the last thread file is incomplete
};

/// Fills parts.timeline and parts.places; adds remarks about what is missing, repeated or in another order.
void join_intervals(RecordingParts& parts, const ScannedFiles& files);

}  // namespace tsa
