// SPDX-License-Identifier: MIT
// Inside of the header: values in fields of fixed width, so that a number that grows moves nothing, and a line of such
// fields that leaves out the least important ones where it is narrow, instead of cutting one in two.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tui/equipment.h"
#include "tui/view.h"

namespace tsa {

/// "swap 1.0G/8.0G": a dim label, a space, and the value at the right end of its cells.
struct HeaderField {
    std::string_view label;
    std::string value;
    int value_width = 0;
    int importance = 0;  ///< lower stays longer
    Role role = Role::text;
    bool close = false;  ///< belongs to the field before it, and comes and goes with it
    Role label_role = Role::dim;
};

/// Draws those that fit into [x, end), in their order. Which ones fit depends on their widths only.
void draw_fields(Frame& frame, int x, int y, int end, std::span<const HeaderField> fields);

/// Columns of the wide header's lines.
struct HeaderColumns {
    int value_end = 15;  ///< the number that its bar shows ends before it
    int name_x = 17;     ///< and what it is of
    int bar_x = 28;
    int bar_width = 0;
    int pressure_x = 0;
    int fields_x = 0;  ///< the rest, in fields
    int end = 0;
};
[[nodiscard]] HeaderColumns header_columns(const Equipment& known, int width);

/// A line's number and its bar.
struct HeaderLine {
    Frame& frame;
    const Scene& scene;
    const Equipment& known;
    HeaderColumns columns;
    int y;
};

inline constexpr double kPressureWarnPct = 10;

/// Appends the fields of that row that the table of columns has, of those that the machine has.
void add_column_fields(const HeaderLine& line, HeaderRow row, std::vector<HeaderField>& out);

// Absent is a dash; "38.2 %" takes 7 cells at most, "38" 3, the others as text.h says.
[[nodiscard]] std::string percent_words(const std::optional<double>& value);
[[nodiscard]] std::string whole_words(const std::optional<double>& value);
[[nodiscard]] std::string rate_words(const std::optional<double>& value);
[[nodiscard]] std::string short_bytes_words(const std::optional<std::uint64_t>& value);
/// "1.0G/8.0G": 9 cells at most.
[[nodiscard]] std::string part_words(const std::optional<std::uint64_t>& part,
                                     const std::optional<std::uint64_t>& whole);
/// "4.1 GHz": 7 cells at most.
[[nodiscard]] std::string gigahertz_words(const std::optional<double>& mhz);
/// "71 °C", without `unicode` "71 C": 6 cells at most.
[[nodiscard]] std::string celsius_words(const std::optional<double>& celsius, bool unicode);
/// "47.2 W", "350 W": 6 cells at most.
[[nodiscard]] std::string watt_words(const std::optional<double>& watt);
/// One, two and three figures before the point take 4 cells: "7.2", "51.3", "128".
[[nodiscard]] std::string load_words(double load);

/// Busy share of all CPUs together; from the probes where the system does not report it.
[[nodiscard]] std::optional<double> cpu_pct(const Report& report);
/// The package's, else the hottest CPU's.
[[nodiscard]] std::optional<double> cpu_temperature(const SystemSample& now);
[[nodiscard]] std::optional<double> memory_used_pct(const SystemRow& system);

// The lines, in header_*.cpp.
void draw_cpu_line(const HeaderLine& line);
void draw_memory_line(const HeaderLine& line);
void draw_io_line(const HeaderLine& line);
/// The resources in one line of fields, for less than the wide form.
void draw_resources(Frame& frame, const Scene& scene, const Equipment& known, int y);
/// A line per GPU, as many as there are rows, and power in the last; without a GPU one of power.
void draw_device_lines(const HeaderLine& first, int rows);
/// A meter per CPU; of a large machine a mark per CPU or few. `rows` as the layout has them.
void draw_cpu_meters(Frame& frame, const Scene& scene, const Equipment& known, int y, int rows);
void draw_averages(Frame& frame, const Scene& scene, int y, std::string_view words);
void draw_average_bar(Frame& frame, const Scene& scene, int y);

}  // namespace tsa
