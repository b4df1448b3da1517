// SPDX-License-Identifier: MIT
// One line of a recording's threads.csv as numbers: which column is what, from its header; its cells, strictly parsed
// by the setters of the tables of columns. Pure: what the numbers mean for a thread is the player's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/restored_row.h"
#include "record/csv_fields.h"

namespace tsa {

class ThreadLine {
  public:
    /// From the header: columns in any order; those that it does not know are ignored. Error: one of time_unix_ns, tid
    /// and wall_ns is not among them.
    static Result<ThreadLine> create(std::string_view header);

    /// False: not a row of this file (another number of cells, a cell that is not a number, states that do not sum to
    /// wall_ns); `row` is of no use then.
    bool read(std::string_view line, RestoredRow& row);
    /// The end of the line's interval alone; absent if that cell is not a time.
    std::optional<std::uint64_t> time_of(std::string_view line);
    /// time_unix_ns is the first column: lines of one interval begin alike.
    [[nodiscard]] bool begins_with_time() const { return time_at_ == 0; }
    [[nodiscard]] bool has_delays() const { return has_delays_; }
    [[nodiscard]] bool has_wait_arguments() const { return has_wait_arguments_; }

  private:
    CsvFields fields_;
    using Put = decltype(Restore::put);
    std::vector<Put> columns_;  // null: ignored
    std::size_t time_at_ = 0;
    bool has_delays_ = false, has_wait_arguments_ = false;
};

}  // namespace tsa
