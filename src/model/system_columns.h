// The table of the machine's numbers, as columns() is the one of a thread's: key, unit, help, how to get it from a
// Report, and how to put it back. It feeds system.csv, the objects "system", "health" and "own" of JSON, the schema
// document and the README; a recording's reader fills a Report from it.
#pragma once

#include <fmt/format.h>

#include <cstdint>
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
    json,  ///< a list or object as JSON text in CSV; in JSON a value of its own
};

/// Whether cells of that unit are whole numbers; else they are reals, or text.
[[nodiscard]] constexpr bool is_integer(SystemUnit unit) {
    return unit == SystemUnit::count || unit == SystemUnit::nanoseconds || unit == SystemUnit::bytes;
}
[[nodiscard]] constexpr bool is_text(SystemUnit unit) {
    return unit == SystemUnit::text || unit == SystemUnit::json;
}

/// Which object of JSON it stands in.
enum class SystemGroup : std::uint8_t { system, health, own };

struct SystemValue {
    enum class Kind : std::uint8_t { absent, integer, real, text };
    Kind kind = Kind::absent;
    std::uint64_t integer = 0;
    double real = 0;
    std::string_view text{};  ///< raw: sanitise before writing. Refers into the report, the getter's scratch buffer, or
                              ///< the line that was read
};

struct SystemColumn {
    std::string_view key;
    SystemUnit unit;
    SystemGroup group;
    std::string_view help;  ///< one sentence
    SystemValue (*get)(const Report&, fmt::memory_buffer& scratch);
    /// Puts a value back into a report that clear_system() has had. A value that does not fit is ignored. Columns that
    /// make up one thing (a disk's name and share) want their order.
    void (*set)(Report&, const SystemValue&);
};

/// In the order of system.csv. Keys are only ever added, at the end of their group.
[[nodiscard]] std::span<const SystemColumn> system_columns();

/// Everything that the setters fill becomes absent or 0, the vectors' memory kept. Of Report::measured only the states
/// are theirs.
void clear_system(Report& report);

}  // namespace tsa
