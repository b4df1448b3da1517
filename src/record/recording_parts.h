// SPDX-License-Identifier: MIT
// The parts of an open recording: its files, and the position of each interval in them. Built by record/index.cpp, used
// by the Player; not included outside src/record.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "record/interval_lines.h"
#include "record/line_source.h"
#include "record/recorded_processes.h"
#include "record/recording.h"
#include "record/system_line.h"
#include "record/thread_line.h"

namespace tsa {

/// Lines of one file with a common header.
struct RowSection {
    std::uint32_t file = 0;  ///< index into Parts::thread_files
    ThreadLine columns;
};
struct SystemSection {
    std::uint32_t file = 0;  ///< index into Parts::system_files
    SystemLineReader columns;
};

/// Position of the rows of one interval; `section` kNowhere: no rows.
struct RowPlace {
    static constexpr std::uint32_t kNowhere = UINT32_MAX;
    std::uint32_t section = kNowhere;
    std::uint64_t begin = 0, end = 0;  ///< in the text of the file
    bool repeats = false;              ///< some lines are there more than once
};
struct SystemPlace {
    std::uint32_t section = RowPlace::kNowhere;
    std::uint64_t begin = 0;
};
struct IntervalPlace {
    RowPlace rows;
    SystemPlace system;
};

struct RecordingParts {
    std::string directory;
    RecordingMeta meta;
    bool has_meta = false;  ///< from the file
    Timeline timeline;
    std::vector<std::string> remarks;
    std::vector<std::unique_ptr<LineSource>> thread_files, system_files;
    RecordedProcesses processes;
    std::vector<RowSection> row_sections;
    std::vector<SystemSection> system_sections;
    std::vector<IntervalPlace> places;         ///< as long as the timeline
    std::unique_ptr<IntervalLines> wakers;     ///< wakers.csv; null: it was not recorded
    std::unique_ptr<IntervalLines> neighbors;  ///< neighbors.csv; likewise
    /// A thread without a row for this long no longer exists.
    std::uint64_t silence_ns = 0;

    void remark(std::string text);
};

inline constexpr std::size_t kMaxRemarks = 20;

/// Finds and opens the files of parts.directory and fills everything but the metadata. Sums of intervals without a line
/// in system.csv stay 0. Error: nothing to play.
Result<void> index_recording(RecordingParts& parts);

}  // namespace tsa
