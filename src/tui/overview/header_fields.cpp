// SPDX-License-Identifier: MIT
// See header_fields.h.
#include "tui/overview/header_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/system_text.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr int kGap = 2;  // between two groups of fields
constexpr int kShortestBar = 10;
constexpr int kLongestBar = 40;
constexpr int kPressureWidth = 11;
// Width for all fields of a machine with sensors and compressed swap next to the shortest bar; on wider screens the
// bars grow first.
constexpr int kFieldsWidth = 115;

int width_of(const HeaderField& field) {
    return text_width(field.label, true) + (field.label.empty() ? 0 : 1) + field.value_width;
}

std::string or_dash(const std::optional<double>& value, auto&& words) {
    return value ? words(*value) : std::string("-");
}

std::string column_words(const SystemColumn& column, const SystemValue& value) {
    const std::optional<double> number = number_of(value);
    if (!number) {
        return "-";
    }
    switch (column.unit) {
        case SystemUnit::percent:
            return whole_words(number);
        case SystemUnit::bytes:
            return format_bytes_short(value.integer);
        case SystemUnit::count:
            return format_count(value.integer);
        default:
            return std::string(system_text(*number, column.unit).view());
    }
}

}  // namespace

void draw_fields(Frame& frame, int x, int y, int end, std::span<const HeaderField> fields) {
    // A group is a field and the close ones after it: all or none are shown.
    struct Group {
        std::size_t first = 0, end = 0;
        int width = 0;
        bool chosen = false;
    };
    std::vector<Group> groups;
    for (std::size_t at = 0; at < fields.size(); ++at) {
        if (groups.empty() || !fields[at].close) {
            groups.push_back({at, at, 0, false});
        }
        Group& group = groups.back();
        group.width += width_of(fields[at]) + (at == group.first ? 0 : 1);
        group.end = at + 1;
    }
    std::vector<Group*> order;
    order.reserve(groups.size());
    for (Group& group : groups) {
        order.push_back(&group);
    }
    std::stable_sort(order.begin(), order.end(), [&](const Group* left, const Group* right) {
        return fields[left->first].importance < fields[right->first].importance;
    });
    int room = end - x + kGap;
    for (Group* group : order) {
        group->chosen = group->width + kGap <= room;
        room -= group->chosen ? group->width + kGap : 0;
    }
    for (const Group& group : groups) {
        for (std::size_t at = group.first; group.chosen && at < group.end; ++at) {
            const HeaderField& field = fields[at];
            x += at == group.first ? 0 : 1;
            frame.put(x, y, field.label, field.label_role);
            x += width_of(field);
            frame.put_right(x, y, field.value_width, field.value, field.value == "-" ? Role::dim : field.role);
        }
        x += group.chosen ? kGap : 0;
    }
}

void add_column_fields(const HeaderLine& line, HeaderRow row, std::vector<HeaderField>& out) {
    fmt::memory_buffer scratch;
    const std::span<const SystemColumn> columns = system_columns();
    for (std::size_t at = 0; at < columns.size(); ++at) {
        const InHeader& place = columns[at].header;
        if (place.row == row && line.known.columns.test(at)) {
            out.push_back({place.label, column_words(columns[at], columns[at].get(line.scene.report, scratch)),
                           place.cells, place.importance, Role::text, place.close});
        }
    }
}

HeaderColumns header_columns(const Equipment& known, int width) {
    HeaderColumns out;
    out.bar_width = std::clamp(width - kFieldsWidth, kShortestBar, kLongestBar);
    out.pressure_x = out.bar_x + out.bar_width + 1;
    const bool pressure = known.has_pressure();
    out.fields_x = out.pressure_x + (pressure ? kPressureWidth + 2 : 1);
    out.end = width;
    return out;
}

std::string percent_words(const std::optional<double>& value) {
    return or_dash(value, [](double pct) { return fmt::format("{:.1f} %", pct); });
}

std::string whole_words(const std::optional<double>& value) {
    return or_dash(value, [](double pct) { return fmt::format("{:.0f}", pct); });
}

std::string rate_words(const std::optional<double>& value) {
    return or_dash(value, [](double bytes) { return format_rate(bytes); });
}

std::string short_bytes_words(const std::optional<std::uint64_t>& value) {
    return value ? format_bytes_short(*value) : std::string("-");
}

std::string part_words(const std::optional<std::uint64_t>& part, const std::optional<std::uint64_t>& whole) {
    return part && whole ? fmt::format("{}/{}", format_bytes_short(*part), format_bytes_short(*whole))
                         : std::string("-");
}

std::string gigahertz_words(const std::optional<double>& mhz) {
    return or_dash(mhz, [](double value) { return fmt::format("{:.1f} GHz", value / 1000); });
}

std::string celsius_words(const std::optional<double>& celsius, bool unicode) {
    return or_dash(celsius, [&](double value) { return fmt::format("{:.0f} {}C", value, unicode ? "°" : ""); });
}

std::string watt_words(const std::optional<double>& watt) {
    return or_dash(watt, [](double value) { return fmt::format("{:.{}f} W", value, value < 99.95 ? 1 : 0); });
}

std::string load_words(double load) {
    return fmt::format("{:.{}f}", load, load < 99.95 ? 1 : 0);
}

std::optional<double> cpu_pct(const Report& report) {
    if (report.system.cpu_busy_pct || report.interval_ns == 0 || report.system.cpus == 0) {
        return report.system.cpu_busy_pct;
    }
    return 100.0 * static_cast<double>(report.system.cpu_exec_ns) /
           (static_cast<double>(report.interval_ns) * report.system.cpus);
}

std::optional<double> cpu_temperature(const SystemSample& now) {
    return now.cpu_temperature_c ? now.cpu_temperature_c : now.cpu_hottest_c;
}

std::optional<double> memory_used_pct(const SystemRow& system) {
    if (!system.memory_used_bytes || system.now.memory_total_bytes.value_or(0) == 0) {
        return std::nullopt;
    }
    return 100.0 * static_cast<double>(*system.memory_used_bytes) / static_cast<double>(*system.now.memory_total_bytes);
}

}  // namespace tsa
