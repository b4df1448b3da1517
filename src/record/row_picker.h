// SPDX-License-Identifier: MIT
// Decides which thread rows of a Report go into a recording, and how much quiet time each one covers. Pure: the same
// reports give the same rows. A thread's rows tile its life from its first row on; only a thread that vanishes without
// a recorded end may lack the quiet time since its last row.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

#include "model/report.h"
#include "model/thread_filter.h"
#include "output/csv.h"
#include "record/quiet_table.h"

namespace tsa {

class RowPicker {
  public:
    RowPicker(ThreadFilter filter, std::uint64_t quiet_limit_ns);

    /// Living threads first, then exited ones. `all`: also quiet threads. Valid until the next call, and only as long
    /// as the report. No allocation once the number of threads is steady.
    std::span<const RecordedRow> pick(const Report& report, bool all);

    /// From the next report on.
    void set_filter(const ThreadFilter& filter) { filter_ = filter; }

    /// Number of threads that ever had a row.
    [[nodiscard]] std::uint64_t threads() const { return threads_; }
    /// Number of threads in the table.
    [[nodiscard]] std::size_t remembered() const { return table_.size(); }

  private:
    struct Renamed {
        const ThreadRow* row;
        QuietEntry entry;  ///< tid is 0 if it was not in the table
    };

    void take_ended(const Report& report);
    void take_renamed(const Report& report);
    void pick_living(const Report& report, const ThreadRow& row, bool all);
    [[nodiscard]] QuietEntry* entry_of(const ThreadRow& row);
    [[nodiscard]] std::uint64_t next_due(const Report& report, const ThreadRow& row, bool was_due) const;

    ThreadFilter filter_;
    std::uint64_t quiet_limit_ns_;
    QuietTable table_{1024};
    std::vector<RecordedRow> rows_;
    std::vector<RecordedRow> ended_;
    std::vector<Renamed> renamed_;  // in the order of the report's rows
    std::size_t next_renamed_ = 0;
    std::size_t met_ = 0;  // entries of table_ that have been met in this interval
    std::uint64_t threads_ = 0;
};

}  // namespace tsa
