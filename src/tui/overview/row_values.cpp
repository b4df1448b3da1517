// SPDX-License-Identifier: MIT
// See row_painter.h: the cells of numbers, and of what follows from them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/time_units.h"
#include "tui/facts.h"
#include "tui/overview/row_painter.h"

namespace tsa {
namespace {

constexpr std::int64_t kHighestPriority = -100;

/// `interval_ns` is not 0.
std::string value_words(const PlacedColumn& column, const Value& value, std::uint64_t interval_ns) {
    switch (column.column->unit) {
        case Unit::events:
            return std::string(frequency_text(per_second(static_cast<double>(value.integer), interval_ns)).view());
        case Unit::io_bytes:
            return format_bytes_short(
                static_cast<std::uint64_t>(per_second(static_cast<double>(value.integer), interval_ns)));
        case Unit::age:
            return format_duration(static_cast<std::uint64_t>(value.integer));
        case Unit::bytes:
            return format_bytes_short(static_cast<std::uint64_t>(value.integer));
        case Unit::flag:
            return value.integer != 0 ? "yes" : "no";
        case Unit::text:
            return std::string(value.text);
        default:
            // As in top and htop: nothing goes before those threads.
            return column.key == "priority" && value.integer <= kHighestPriority ? "RT"
                                                                                 : fmt::format("{}", value.integer);
    }
}

Role value_role(const PlacedColumn& column) {
    for (const StateInfo& state : state_table()) {
        if (column.head == state.head) {
            return role_of(state.state);
        }
    }
    return Role::text;
}

/// As in htop: the time of the day, then the date, then the year.
std::string start_words(const Scene& scene, std::uint64_t age_ns) {
    static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto local = [&scene](std::uint64_t unix_ns) {
        const auto unix_s = static_cast<std::int64_t>(unix_ns / kNsPerSecond);
        const std::int64_t offset_s = scene.machine.utc_offset_s ? scene.machine.utc_offset_s(unix_s) : 0;
        return std::chrono::sys_seconds(std::chrono::seconds(unix_s + offset_s));
    };
    const std::uint64_t now_unix_ns = scene.report.time_unix_ns;
    const std::chrono::sys_seconds start = local(now_unix_ns - std::min(age_ns, now_unix_ns));
    const auto day = std::chrono::floor<std::chrono::days>(start);
    const auto today = std::chrono::floor<std::chrono::days>(local(now_unix_ns));
    const std::chrono::year_month_day date(day);
    if (day == today) {
        const std::chrono::hh_mm_ss time(start - day);
        return fmt::format("{:02}:{:02}", time.hours().count(), time.minutes().count());
    }
    if (date.year() == std::chrono::year_month_day(today).year()) {
        return fmt::format("{}{:02}", kMonths[static_cast<unsigned>(date.month()) - 1],
                           static_cast<unsigned>(date.day()));
    }
    return fmt::format("{}", static_cast<int>(date.year()));
}

}  // namespace

void RowPainter::value(const PlacedColumn& column) {
    Value value;
    if (column.key == kSortLatency) {
        value = {Value::Kind::integer, static_cast<std::int64_t>(list.delay_ns(row)), {}};
    } else if (row.thread != nullptr) {
        value = column.column->of_thread(scene.report, *row.thread);
    } else if (column.key == kCpuTime) {
        value = row.group != nullptr ? list.cpu_time_of_group(row.group_at) : list.cpu_time_of(*row.process);
    } else if (column.column->of_process != nullptr && (row.group == nullptr || is_summed(*column.column))) {
        value = column.column->of_process(scene.report, *row.process);
    }
    const bool measure = column.column->unit != Unit::identifier && column.column->unit != Unit::text;
    // A process's share is in percent of one thread's whole interval.
    const std::uint64_t whole_ns = row.thread != nullptr ? wall_ns() : scene.report.interval_ns;
    std::string words;
    if (!value.present()) {
        words = "-";
    } else if (measure && value.kind == Value::Kind::integer && value.integer == 0) {
        words = set.zero;
    } else if (column.column->unit == Unit::nanoseconds) {
        const double whole = static_cast<double>(column.key == "wall_ns" ? scene.report.interval_ns : whole_ns);
        words = whole > 0 ? format_share(100.0 * static_cast<double>(value.integer) / whole) : "-";
    } else {
        words = value_words(column, value, std::max<std::uint64_t>(scene.report.interval_ns, 1));
    }
    const bool is_zero = measure && value.kind == Value::Kind::integer && value.integer == 0;
    const Role role = value.present() && !is_zero ? value_role(column) : Role::dim;
    if (column.left_aligned) {
        frame.put(column.x, y, words, dim_if_ended(role), column.width);
    } else {
        frame.put_right(column.x + column.width, y, column.width, words, dim_if_ended(role));
    }
}

/// Right-aligned; `words` are those of a value that is not 0.
void RowPainter::number(const PlacedColumn& column, const Value& value, std::string_view words, Role role) {
    const bool shown = value.present() && value.integer != 0;
    frame.put_right(column.x + column.width, y, column.width,
                    !value.present() ? "-" : (value.integer == 0 ? set.zero : words),
                    shown ? dim_if_ended(role) : Role::dim);
}

void RowPainter::io(const PlacedColumn& column) {
    const Value bytes = list.io_bytes(row);
    const double per_s =
        per_second(static_cast<double>(bytes.integer), std::max<std::uint64_t>(scene.report.interval_ns, 1));
    number(column, bytes, format_bytes_short(static_cast<std::uint64_t>(per_s)), Role::text);
}

void RowPainter::memory_share(const PlacedColumn& column) {
    const auto total = scene.report.system.now.memory_total_bytes;
    const Thread& thread = thread_of(row);
    const std::uint64_t bytes = row.thread != nullptr ? thread.rss_bytes : row.process->rss_bytes;
    // A kernel thread has none.
    const bool known = total.value_or(0) != 0 && bytes != 0;
    const double pct = known ? 100.0 * static_cast<double>(bytes) / static_cast<double>(*total) : 0;
    frame.put_right(column.x + column.width, y, column.width, known ? format_share(pct) : "-",
                    known ? dim_if_ended(Role::text) : Role::dim);
}

void RowPainter::started(const PlacedColumn& column) {
    const Column& elapsed = *find_column(kElapsedKey);
    const Value age = row.thread != nullptr ? elapsed.of_thread(scene.report, *row.thread)
                                            : elapsed.of_process(scene.report, *row.process);
    frame.put_right(column.x + column.width, y, column.width,
                    age.present() ? start_words(scene, static_cast<std::uint64_t>(age.integer)) : "-",
                    age.present() ? dim_if_ended(Role::text) : Role::dim);
}

void RowPainter::exec_total(const PlacedColumn& column) {
    // A recording does not have it.
    const std::optional<std::uint64_t> total_ns =
        facts_of(scene.state).since_first_seen ? list.exec_total_ns(row) : std::nullopt;
    const Value value = total_ns ? Value{Value::Kind::integer, static_cast<std::int64_t>(*total_ns), {}} : Value{};
    number(column, value, format_duration(total_ns.value_or(0)), Role::state_exec);
}

/// The largest of its delays; without one that shows in its column, the state that took most of its time.
void RowPainter::most(const PlacedColumn& column) {
    constexpr std::uint64_t kShownParts = 2000;
    const StateInfo* found = nullptr;
    for (const bool delays : {true, false}) {
        for (const StateInfo& state : state_table()) {
            const std::uint64_t spent_ns = state_ns()[index(state.state)];
            const bool counts = !delays || (state.is_delay && spent_ns > wall_ns() / kShownParts);
            if (counts && spent_ns > (found != nullptr ? state_ns()[index(found->state)] : 0)) {
                found = &state;
            }
        }
        if (found != nullptr) {
            frame.put(column.x, y, found->head, dim_if_ended(role_of(found->state)), column.width);
            return;
        }
    }
}

}  // namespace tsa
