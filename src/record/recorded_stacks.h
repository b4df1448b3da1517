// SPDX-License-Identifier: MIT
// Reads stacks.csv and waits.csv of a recording, all segments, line by line. Memory grows with the number of different
// stacks only. Tolerates what a crash or another program may leave: an incomplete last line, lines that are not valid
// (counted), stacks without a line, missing files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/stack_waits.h"
#include "record/table_files.h"

namespace tsa {

struct RecordedWaits {
    std::uint64_t time_unix_ns = 0;  ///< end of the interval
    StackWaits waits;
};

/// An open recording's time by stack.
class RecordedStacks {
  public:
    /// Reads the stacks, and opens the other files. Absent: the recording has none. Error: a file cannot be read.
    static Result<std::optional<RecordedStacks>> open(const std::string& directory);

    /// Passes every line of waits.csv to `take`, in the order of the files; again with each call. A stack that has no
    /// line counts as not copied. Error: a file cannot be read, or one from `take`, which ends it.
    Result<void> for_each(const std::function<Result<void>(const RecordedWaits&)>& take);

    /// Lines so far that were not valid, and left out.
    [[nodiscard]] std::uint64_t bad_lines() const { return bad_lines_; }

  private:
    Result<void> read_stacks(TableSource& file);
    Result<void> read_waits(TableSource& file, const std::function<Result<void>(const RecordedWaits&)>& take);

    std::vector<TableSource> wait_files_;
    std::unordered_map<std::string, std::shared_ptr<const RecordedStack>> texts_;  // the same text is the same object
    std::unordered_map<std::uint64_t, std::shared_ptr<const RecordedStack>> stacks_;
    std::uint64_t bad_lines_ = 0;
};

}  // namespace tsa
