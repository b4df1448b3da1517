// SPDX-License-Identifier: MIT
// The lines of an interval for all tables of a recording, from its report. Pure; remembers what it must of the
// intervals before, so that each thread's rows tile its life.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "model/report.h"
#include "output/csv.h"
#include "record/neighbor_lines.h"
#include "record/process_lines.h"
#include "record/row_picker.h"
#include "record/segments.h"
#include "record/stack_lines.h"
#include "record/system_line.h"
#include "record/waker_lines.h"
#include "record/writer.h"

namespace tsa {

class IntervalText {
  public:
    /// Of the options: filter, quiet limit, and which tables there are.
    explicit IntervalText(const RecordWriterOptions& options);

    /// The first lines of the tables that there are; empty: there is none.
    [[nodiscard]] const PerTable<std::string>& headers() const { return headers_; }

    /// `all`: every thread gets a row. Valid until the next call, and as long as the report.
    SegmentInterval put(const Report& report, bool all, bool last, const IntervalExtras& extras);
    /// Those of the last put().
    [[nodiscard]] std::span<const RecordedRow> rows() const { return rows_; }

    void set_filter(const ThreadFilter& filter) { picker_.set_filter(filter); }
    /// Number of threads that ever had a row.
    [[nodiscard]] std::uint64_t threads() const { return picker_.threads(); }

  private:
    RowPicker picker_;
    RecordedRowWriter text_;
    SystemLineWriter system_text_;
    StackLineWriter stack_text_;
    ProcessLineWriter process_text_;
    WakerLineWriter waker_text_;
    NeighborLineWriter neighbor_text_;
    PerTable<std::string> headers_;
    std::span<const RecordedRow> rows_;
};

}  // namespace tsa
