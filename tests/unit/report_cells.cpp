// SPDX-License-Identifier: MIT
// See report_cells.h.
#include "unit/report_cells.h"

#include <fmt/format.h>

#include "model/columns.h"
#include "model/system_columns.h"
#include "text/sanitize.h"

namespace tsa::testing {

namespace {

std::string text_of(const Value& value) {
    switch (value.kind) {
        case Value::Kind::absent:
            return "-";
        case Value::Kind::text:
            return "'" + printable(value.text) + "'";
        default:
            return fmt::format("{}", value.integer);
    }
}

std::string text_of(const SystemValue& value) {
    switch (value.kind) {
        case SystemValue::Kind::absent:
            return "-";
        case SystemValue::Kind::integer:
            return fmt::format("{}", value.integer);
        case SystemValue::Kind::real:
            return fmt::format("{}", value.real);
        case SystemValue::Kind::text:
            return printable(value.text);
    }
    return {};
}

void add_row(const Report& report, const ThreadRow& row, ReportCells& out) {
    const Thread& thread = *row.now;
    const std::string_view kind = row.exit_time_unix_ns != 0            ? "/exited"
                                  : thread.state == ThreadState::zombie ? "/zombie"
                                                                        : "";
    std::string key = fmt::format("{}/{}{}", thread.tid, thread.start_time_ns, kind);
    while (out.rows.contains(key)) {
        key += "+";  // an exec twice in one interval
    }
    std::vector<std::string>& cells = out.rows[key];
    for (const Column& column : columns()) {
        cells.push_back(fmt::format("{}={}", column.key, text_of(column.of_thread(report, row))));
    }
    cells.push_back(fmt::format("exit_time_unix_ns={}", row.exit_time_unix_ns));
    out.has_before[key] = row.before != nullptr;
}

}  // namespace

ReportCells cells_of(const Report& report) {
    ReportCells out;
    for (const ThreadRow& row : report.threads) {
        add_row(report, row, out);
    }
    for (const ThreadRow& row : report.exited) {
        add_row(report, row, out);
    }
    fmt::memory_buffer scratch;
    for (const SystemColumn& column : system_columns()) {
        out.machine.push_back(fmt::format("{}={}", column.key, text_of(column.get(report, scratch))));
    }
    out.machine.push_back(
        fmt::format("time={} now={} interval={}", report.time_unix_ns, report.now_ns, report.interval_ns));
    out.machine.push_back(fmt::format("total={} untracked={} active={}", report.total_wall_ns, report.unlisted_exits,
                                      report.active_rows));
    out.machine.push_back(fmt::format("lost={} torn={}", report.health.lost(), report.health.torn_reads));
    for (const StateInfo& state : state_table()) {
        const bool measured = (report.measured & measured_bit(state.state)) != 0;
        out.machine.push_back(
            fmt::format("{}: {}", state.key, measured ? fmt::format("{}", report.total_ns[index(state.state)]) : "-"));
    }
    return out;
}

}  // namespace tsa::testing
