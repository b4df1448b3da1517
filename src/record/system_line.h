// One line of a recording's system.csv: an interval of the whole machine. Written from a Report and read back into one,
// number by number the same; which columns there are says system_columns(). Pure: the caller has the files.
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

/// Keeps its buffers: no allocation once a line has had its full length.
class SystemLineWriter {
  public:
    /// Both end with a line end, and are valid until the next call.
    std::string_view header();
    std::string_view line(const Report& report);

  private:
    fmt::memory_buffer line_, scratch_;
};

/// The columns that stand before those of system_columns().
enum class SystemLineField : std::uint8_t { time_unix_ns, interval_ns, monotonic_ns, threads };
inline constexpr std::size_t kSystemLineFields = 4;
/// "time_unix_ns" ...
[[nodiscard]] std::string_view system_line_key(SystemLineField field);
[[nodiscard]] std::string_view system_line_help(SystemLineField field);

class SystemLineReader {
  public:
    /// From the first line of a file: columns in any order. Those that this program does not know are left out, those
    /// that are not there stay absent. Error: time_unix_ns or interval_ns is not among them.
    static Result<SystemLineReader> create(std::string_view header);

    /// Fills time_unix_ns, interval_ns, now_ns (0 if not there) and everything of system_columns(): what is absent in
    /// the line is absent in `out`, whatever stood there before. Nothing else of `out` is touched. A line end may be
    /// there or not. False, and `out` as it was: not a line of this file (other number of fields, no time).
    bool read(std::string_view line, Report& out);
    /// Living threads that the interval of the last line had rows of, or would have had if none were quiet.
    [[nodiscard]] std::optional<std::uint64_t> threads() const { return leading_[3]; }

  private:
    struct Cell {
        std::size_t field;
        const SystemColumn* column;
    };

    CsvFields fields_;
    std::size_t field_count_ = 0;
    std::optional<std::size_t> leading_at_[kSystemLineFields];
    std::optional<std::uint64_t> leading_[kSystemLineFields];
    std::vector<Cell> cells_;  ///< in the order of system_columns()
};

}  // namespace tsa
