// SPDX-License-Identifier: MIT
// The columns of one of a recording's further files, and reading its lines by them. Pure: the caller handles the files.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scan.h"
#include "record/csv_fields.h"
#include "record/recorded_time.h"

namespace tsa {

inline constexpr std::string_view kLineEnd = "\r\n";

struct LineColumn {
    std::string_view key, help;
    bool is_later = false;  ///< files of earlier versions do not have it
};

/// "time_unix_ns,tid,...", with its newline.
[[nodiscard]] std::string header_line(std::span<const LineColumn> columns);

/// Where the columns of a file are, by its header.
class LineReader {
  public:
    /// Columns in any order; unknown ones are ignored. Error: one is missing that every version has.
    static Result<LineReader> create(std::string_view header, std::span<const LineColumn> columns);
    /// False: not a line of this file.
    [[nodiscard]] bool split(std::string_view line) { return fields_.split(line) && fields_.fields().size() == count_; }
    /// Of the last line; empty if the file does not have that column. `Field`: an enum in the order of the columns.
    template <class Field>
    [[nodiscard]] std::string_view operator[](Field field) const {
        const std::size_t at = at_[static_cast<std::size_t>(field)];
        return at < count_ ? fields_.fields()[at] : std::string_view();
    }
    template <class T, class Field>
    [[nodiscard]] std::optional<T> number_in(Field field) const {
        return number<T>((*this)[field]);
    }
    /// Whether a line begins with that column.
    template <class Field>
    [[nodiscard]] bool begins_with(Field field) const {
        return at_[static_cast<std::size_t>(field)] == 0;
    }

  private:
    CsvFields fields_;
    std::size_t count_ = 0;
    std::vector<std::size_t> at_;
};

}  // namespace tsa
