// SPDX-License-Identifier: MIT
// Scans one file of a recording once for the positions of its intervals. record/index.cpp joins the two kinds of files.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "record/recording_parts.h"

namespace tsa {

/// The rows of one interval as found in threads.csv, before they are joined with system.csv.
struct RowRun {
    std::uint64_t time_unix_ns = 0;
    std::uint64_t interval_ns = 0;  ///< of its first row; 0: unknown
    std::uint64_t rows = 0;         ///< different lines
    std::uint64_t content = 0;      ///< the same for the same lines: see DistinctLines
    RowPlace place;
};

/// The line of one interval as found in system.csv.
struct SystemEntry {
    SystemPlace place;
    TimeSlice slice;
    std::optional<std::uint64_t> rows;     ///< that the interval must have; absent in older recordings
    std::optional<std::uint64_t> threads;  ///< alive at its end
};

/// Adds a run per interval of parts.thread_files[file], in file order, and a section per header. A damaged end adds a
/// remark; everything before it is used. Error: no readable header.
Result<void> scan_rows(RecordingParts& parts, std::uint32_t file, std::vector<RowRun>& runs);

/// The same for parts.system_files[file]. A remark has the number of invalid lines.
Result<void> scan_system(RecordingParts& parts, std::uint32_t file, std::vector<SystemEntry>& entries);

}  // namespace tsa
