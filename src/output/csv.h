// A Report's thread rows as CSV (RFC 4180): the columns of the column table between the interval and the time of exit.
// Absent is an empty field. Pure: the caller writes the bytes.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "base/recent_peak.h"
#include "model/columns.h"
#include "output/selection.h"

namespace tsa {

/// With Report::delays in the first report: also the columns of delay accounting and a verdict per pair of counters.
/// Keeps its buffer: no allocation once it has had its full length. What one very long interval needed is given back.
class CsvWriter {
  public:
    /// The header comes before the first rows, once. Threads and exited rows; valid until the next call.
    std::string_view write(const Report& report, const SelectedRows& rows);

  private:
    bool header_written_ = false;
    bool with_delays_ = false;  ///< the first report had Report::delays: all lines have its columns
    fmt::memory_buffer buffer_;
    RecentPeak bytes_;
};

/// One row of a recording, which may speak for earlier intervals too.
struct RecordedRow {
    const ThreadRow* row = nullptr;
    /// Time before the interval of which no row tells yet; the thread spent it in the state of `row->before`.
    std::uint64_t quiet_ns = 0;
};

/// The same rows as a recording has them: two more columns at the very end. quiet_ns (empty: 0) is the part of wall_ns
/// that lies before the row's interval; tid_before is the TID at the begin of the interval where an exec by a thread
/// that was not the leader changed it. Values of delay accounting stay those of the interval.
class RecordedRowWriter {
  public:
    explicit RecordedRowWriter(bool with_delays) : with_delays_(with_delays) {}

    void put_header();
    void put(const Report& report, const RecordedRow& recorded);
    /// What was put since the last clear(); valid until the next call of anything.
    [[nodiscard]] std::string_view text() const { return {buffer_.data(), buffer_.size()}; }
    void clear();

  private:
    bool with_delays_;
    fmt::memory_buffer buffer_;
    RecentPeak bytes_;
};

}  // namespace tsa
