// SPDX-License-Identifier: MIT
// The table of the machine's numbers, as columns() is for threads: key, unit, help, how to get it from a Report, and
// how to restore it. It is used for system.csv, the objects "system", "health" and "own" of JSON, the schema document
// and the README; a recording's reader fills a Report with it.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "model/report.h"

namespace tsa {

enum class SystemUnit : std::uint8_t {
    count,
    nanoseconds,
    percent,
    bytes,
    bytes_per_s,
    celsius,
    megahertz,
    watts,
    seconds,
    number,  ///< without a unit: load averages
    text,
    json,  ///< a list or object as JSON text in CSV; in JSON a separate value
};

/// Whether cells of that unit are integers; else they are reals, or text.
[[nodiscard]] constexpr bool is_integer(SystemUnit unit) {
    return unit == SystemUnit::count || unit == SystemUnit::nanoseconds || unit == SystemUnit::bytes;
}
[[nodiscard]] constexpr bool is_text(SystemUnit unit) {
    return unit == SystemUnit::text || unit == SystemUnit::json;
}

/// The JSON object that contains it.
enum class SystemGroup : std::uint8_t { system, health, own };

struct SystemValue {
    enum class Kind : std::uint8_t { absent, integer, real, text };
    Kind kind = Kind::absent;
    std::uint64_t integer = 0;
    double real = 0;
    std::string_view text{};  ///< raw: sanitize before writing. Refers into the report, the getter's scratch buffer, or
                              ///< the line that was read
};

/// A row of the reports of recordings: average, minimum and maximum over the intervals, and the time of the maximum.
struct InReports {
    std::string_view label{};  ///< in text; empty: not in reports
    std::string_view title{};  ///< on the page
    std::string_view key{};    ///< in JSON; empty: the column's
};

/// A placeholder of the status bar's text.
struct InBar {
    std::string_view name{};  ///< empty: none
    std::string_view meaning{};
};

/// A field of a line of the screens' header, shown if the machine has the value.
enum class HeaderRow : std::uint8_t { none, cpu, memory, io };
struct InHeader {
    HeaderRow row = HeaderRow::none;
    std::string_view label{};
    int cells = 0;       ///< of the value
    int importance = 0;  ///< lower ones are removed last
    bool close = false;  ///< shown only together with the field before it
};

struct SystemColumn {
    std::string_view key;
    SystemUnit unit;
    SystemGroup group;
    std::string_view help;  ///< one sentence
    SystemValue (*get)(const Report&, fmt::memory_buffer& scratch);
    /// Restores a value into a report after clear_system(). An invalid value is ignored. Columns that belong together
    /// (a disk's name and share) must be set in order.
    void (*set)(Report&, const SystemValue&);

    // Where else it is shown; nowhere by default.
    InReports reports{};
    InBar bar{};
    InHeader header{};
    bool needs_some = false;  ///< 0 means that the machine does not have it: swap, compressed memory

    [[nodiscard]] constexpr SystemColumn in_reports(std::string_view label, std::string_view title,
                                                    std::string_view json_key = {}) const {
        SystemColumn out = *this;
        out.reports = {label, title, json_key};
        return out;
    }
    [[nodiscard]] constexpr SystemColumn in_bar(std::string_view name, std::string_view meaning) const {
        SystemColumn out = *this;
        out.bar = {name, meaning};
        return out;
    }
    [[nodiscard]] constexpr SystemColumn in_header(const InHeader& place) const {
        SystemColumn out = *this;
        out.header = place;
        return out;
    }
    [[nodiscard]] constexpr SystemColumn if_some() const {
        SystemColumn out = *this;
        out.needs_some = true;
        return out;
    }
};

/// Of an integer or a real.
[[nodiscard]] inline std::optional<double> number_of(const SystemValue& value) {
    switch (value.kind) {
        case SystemValue::Kind::integer:
            return static_cast<double>(value.integer);
        case SystemValue::Kind::real:
            return value.real;
        default:
            return std::nullopt;
    }
}

/// In the order of system.csv. Keys are only ever added, at the end of their group.
[[nodiscard]] std::span<const SystemColumn> system_columns();
inline constexpr std::size_t kMaxSystemColumns = 192;
/// The column's index in system_columns(); absent: no such key.
[[nodiscard]] std::optional<std::size_t> system_column_index(std::string_view key);

/// Resets everything that the setters fill to absent or 0, and keeps the vectors' memory. In Report::measured only the
/// states are reset.
void clear_system(Report& report);

}  // namespace tsa
