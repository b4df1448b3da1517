// SPDX-License-Identifier: MIT
// One line of a recording's system.csv: one interval of the whole machine. Written from a Report and read back into an
// identical one; the columns are those of system_columns(). Pure: the caller handles the files.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/report.h"
#include "model/system_columns.h"
#include "record/csv_fields.h"

namespace tsa {

/// Reuses its buffers: no allocation once they have reached their full size.
class SystemLineWriter {
  public:
    /// Both end with a newline and are valid until the next call.
    std::string_view header();
    /// `rows`: lines that threads.csv has for the interval.
    std::string_view line(const Report& report, std::uint64_t rows);

  private:
    fmt::memory_buffer line_, scratch_;
};

/// The columns that only the file has: the first kLeadingSystemFields are before those of system_columns(), the others
/// after them.
enum class SystemLineField : std::uint8_t { time_unix_ns, interval_ns, monotonic_ns, threads, rows };
inline constexpr std::size_t kSystemLineFields = 5, kLeadingSystemFields = 4;
/// "time_unix_ns" ...
[[nodiscard]] std::string_view system_line_key(SystemLineField field);
[[nodiscard]] std::string_view system_line_help(SystemLineField field);

class SystemLineReader {
  public:
    /// From the first line of a file: columns in any order. Unknown columns are ignored, missing ones stay absent.
    /// Error: time_unix_ns or interval_ns is missing.
    static Result<SystemLineReader> create(std::string_view header);

    /// Fills time_unix_ns, interval_ns, now_ns (0 if missing) and all of system_columns(): values absent from the line
    /// become absent in `out`. Nothing else in `out` changes. The newline is optional. False, with `out` unchanged: not
    /// a line of this file (another number of fields, no time, a time or length that cannot be: see recorded_time.h).
    bool read(std::string_view line, Report& out);
    /// Number of living threads with rows in the last line's interval, counting quiet ones as if they had rows.
    [[nodiscard]] std::optional<std::uint64_t> threads() const { return own(SystemLineField::threads); }
    /// Number of lines that threads.csv must have for that interval; absent in files of older versions.
    [[nodiscard]] std::optional<std::uint64_t> rows() const { return own(SystemLineField::rows); }

  private:
    struct Cell {
        std::size_t field;
        const SystemColumn* column;
    };

    [[nodiscard]] const std::optional<std::uint64_t>& own(SystemLineField field) const {
        return own_[static_cast<std::size_t>(field)];
    }

    CsvFields fields_;
    std::size_t field_count_ = 0;
    std::optional<std::size_t> own_at_[kSystemLineFields];
    std::optional<std::uint64_t> own_[kSystemLineFields];
    std::vector<Cell> cells_;  ///< in the order of system_columns()
};

}  // namespace tsa
