// SPDX-License-Identifier: MIT
// A recording's further table whose lines are of intervals (wakers.csv, neighbors.csv): opening it scans it once for
// where each interval is, so that one interval can be read at a time. Memory grows with the intervals only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "record/file_names.h"
#include "record/line_reader.h"
#include "record/table_files.h"

namespace tsa {

class IntervalLines {
  public:
    /// The first column is the wall-clock time at the end of the interval. Null: the recording has no such table.
    /// Error: a file cannot be read, or is another table. `columns` must outlive it.
    static Result<std::unique_ptr<IntervalLines>> open(const std::string& directory, RecordedTable table,
                                                       std::span<const LineColumn> columns);

    /// Passes each line of the interval that ended at that recorded time to `take`, which returns false for one that is
    /// not valid. Error: a file cannot be read.
    Result<void> read(std::uint64_t time_unix_ns, const std::function<bool(const LineReader&)>& take);

    /// Lines so far that were not valid, and left out.
    [[nodiscard]] std::uint64_t bad_lines() const { return bad_lines_; }

  private:
    struct File {
        TableSource source;
        LineReader reader;
    };
    /// Lines of one interval, together in a file.
    struct Run {
        std::uint32_t file = 0;
        std::uint64_t begin = 0, end = 0;
    };
    Result<void> scan(std::uint32_t file, std::span<const LineColumn> columns);

    std::vector<File> files_;
    std::unordered_map<std::uint64_t, Run> runs_;  // by time; of an interval that is there twice the first one
    std::uint64_t bad_lines_ = 0;
};

}  // namespace tsa
