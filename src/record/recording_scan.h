// One file of a recording, looked through once for where its intervals stand. record/index.cpp brings the two kinds of
// files together.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "record/recording_parts.h"

namespace tsa {

/// One interval's rows as they were found in threads.csv, before they are joined with system.csv.
struct RowRun {
    std::uint64_t time_unix_ns = 0;
    std::uint64_t interval_ns = 0;  ///< of its first row; 0: not told
    RowPlace place;
};

/// One interval's line as it was found in system.csv.
struct SystemEntry {
    SystemPlace place;
    TimeSlice slice;
};

/// Adds a run per interval of parts.thread_files[file], in the order of the file, and a section per header. A broken
/// end is remarked, what stands before it counts. Error: no header that can be read.
Result<void> scan_rows(RecordingParts& parts, std::uint32_t file, std::vector<RowRun>& runs);

/// The same of parts.system_files[file]. Lines that are none are counted in a remark.
Result<void> scan_system(RecordingParts& parts, std::uint32_t file, std::vector<SystemEntry>& entries);

}  // namespace tsa
