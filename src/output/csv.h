// A Report's thread rows as CSV (RFC 4180): the columns of the column table between the interval and the time of exit.
// Absent is an empty field. Pure: the caller writes the bytes.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "model/columns.h"
#include "output/selection.h"

namespace tsa {

/// With Report::delays in the first report: also the columns of delay accounting and a verdict per pair of counters.
/// Keeps its buffer: no allocation once it has had its full length.
class CsvWriter {
  public:
    /// The header comes before the first rows, once. Threads and exited rows; valid until the next call.
    std::string_view write(const Report& report, const SelectedRows& rows);

  private:
    void put_header(bool with_delays);
    void put_row(const Report& report, const ThreadRow& row);
    void put_delays(const Report& report, const ThreadRow& row);
    void put_value(const Column& column, const Value& value);
    void put_text(std::string_view text);
    void put_integer(std::uint64_t value);

    fmt::memory_buffer buffer_;
    bool header_written_ = false;
    bool with_delays_ = false;  ///< the first report had Report::delays: all lines have its columns
};

}  // namespace tsa
