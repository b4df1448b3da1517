// SPDX-License-Identifier: MIT
// A Report's thread rows as CSV (RFC 4180): the columns of the column table between the interval and the time of exit.
// An absent value is an empty field. Pure: the caller writes the bytes.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "base/recent_peak.h"
#include "model/columns.h"
#include "output/selection.h"

namespace tsa {

/// What a cell looks like whose text begins with = + - or @, which spreadsheets take for a formula: any program can
/// have such a name.
enum class CsvText : std::uint8_t {
    as_is,
    quoted,  ///< with a ' in front: spreadsheets show the rest as text
};

/// With Report::delays in the first report: also the columns of delay accounting and a verdict per pair of counters.
/// Reuses its buffer: no allocation once it has reached its full size. Memory from one very large interval is released.
class CsvWriter {
  public:
    explicit CsvWriter(CsvText text = CsvText::as_is) : text_(text) {}

    /// Rows of living and exited threads, with the header before the first ones. Valid until the next call.
    std::string_view write(const Report& report, const SelectedRows& rows);

  private:
    CsvText text_;
    bool header_written_ = false;
    bool with_delays_ = false;  ///< the first report had Report::delays: all lines have these columns
    fmt::memory_buffer buffer_;
    RecentPeak bytes_;
};

/// One row of a recording, which may also cover earlier intervals.
struct RecordedRow {
    const ThreadRow* row = nullptr;
    /// Time before the interval that no row covers yet; the thread spent it in the state of `row->before`.
    std::uint64_t quiet_ns = 0;
};

/// The rows of a recording: the same with two more columns at the end. quiet_ns (empty: 0) is the part of wall_ns
/// before the row's interval; tid_before is the TID at the start of the interval if an exec by a non-leader thread
/// changed it. Delay accounting values still cover only the interval.
class RecordedRowWriter {
  public:
    explicit RecordedRowWriter(bool with_delays) : with_delays_(with_delays) {}

    void put_header();
    void put(const Report& report, const RecordedRow& recorded);
    /// Everything written since the last clear(); valid until the next call of any member.
    [[nodiscard]] std::string_view text() const { return {buffer_.data(), buffer_.size()}; }
    void clear();

  private:
    bool with_delays_;
    fmt::memory_buffer buffer_;
    RecentPeak bytes_;
};

}  // namespace tsa
