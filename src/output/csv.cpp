// SPDX-License-Identifier: MIT
// See csv.h.
#include "output/csv.h"

#include <optional>

#include "model/reconcile.h"
#include "text/csv_text.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

using Buffer = fmt::memory_buffer;

constexpr std::string_view kLineEnd = "\r\n";

void put(Buffer& buffer, std::string_view text) {
    buffer.append(text.data(), text.data() + text.size());
}

void put_integer(Buffer& buffer, std::uint64_t value) {
    const fmt::format_int digits(value);
    put(buffer, {digits.data(), digits.size()});
}

void put_text(Buffer& buffer, std::string_view raw, CsvText how) {
    const Printable text(raw);
    constexpr std::string_view kFormula = "=+-@";
    if (how == CsvText::quoted && !text.view().empty() &&
        kFormula.find(text.view().front()) != std::string_view::npos) {
        put_csv(buffer, fmt::format("'{}", text.view()));
        return;
    }
    put_csv(buffer, text.view());
}

void put_value(Buffer& buffer, const Column& column, const Value& value, CsvText how) {
    switch (value.kind) {
        case Value::Kind::absent:
            break;
        case Value::Kind::flag:
            put(buffer, value.integer != 0 ? "true" : "false");
            break;
        case Value::Kind::integer:
            if (column.unit == Unit::count && value.integer < 0) {
                buffer.push_back('-');
                put_integer(buffer, 0 - static_cast<std::uint64_t>(value.integer));
            } else {
                put_integer(buffer, static_cast<std::uint64_t>(value.integer));
            }
            break;
        case Value::Kind::text:
            put_text(buffer, value.text, how);
            break;
    }
}

/// Without a newline, like the rows.
void put_keys(Buffer& buffer, bool with_delays) {
    put(buffer, "time_unix_ns,interval_ns");
    for (const Column& column : first_columns()) {
        buffer.push_back(',');
        put(buffer, column.key);
    }
    put(buffer, ",exit_time_unix_ns");
    for (const Column& column : with_delays ? taskstats_columns() : std::span<const Column>{}) {
        buffer.push_back(',');
        put(buffer, column.key);
    }
    for (std::size_t pair = 0; with_delays && pair < kPairCount; ++pair) {
        put(buffer, ",verdict_");
        put(buffer, pair_key(static_cast<Pair>(pair)));
    }
}

void put_added_keys(Buffer& buffer) {
    for (const Column& column : added_columns()) {
        buffer.push_back(',');
        put(buffer, column.key);
    }
}

/// The columns of the first version, and those around them in every table of rows.
void put_row(Buffer& buffer, const Report& report, const ThreadRow& row, CsvText how) {
    put_integer(buffer, report.time_unix_ns);
    buffer.push_back(',');
    put_integer(buffer, report.interval_ns);
    for (const Column& column : first_columns()) {
        buffer.push_back(',');
        put_value(buffer, column, column.of_thread(report, row), how);
    }
    buffer.push_back(',');
    if (row.exit_time_unix_ns != 0) {
        put_integer(buffer, row.exit_time_unix_ns);
    }
}

void put_added(Buffer& buffer, const Report& report, const ThreadRow& row, CsvText how) {
    for (const Column& column : added_columns()) {
        buffer.push_back(',');
        put_value(buffer, column, column.of_thread(report, row), how);
    }
}

void put_delays(Buffer& buffer, const Report& report, const ThreadRow& row, CsvText how) {
    for (const Column& column : taskstats_columns()) {
        buffer.push_back(',');
        put_value(buffer, column, column.of_thread(report, row), how);
    }
    for (const Comparison& comparison : reconcile(reconcile_input(report, row))) {
        buffer.push_back(',');
        put_text(buffer, verdict_words(comparison), how);
    }
}

}  // namespace

std::string_view CsvWriter::write(const Report& report, const SelectedRows& rows) {
    clear_to(bytes_, buffer_);
    if (!header_written_) {
        with_delays_ = report.delays != nullptr;
        put_keys(buffer_, with_delays_);
        put_added_keys(buffer_);
        put(buffer_, kLineEnd);
        header_written_ = true;
    }
    for (const auto& part : {rows.threads(), rows.exited()}) {
        for (const ThreadRow* row : part) {
            put_row(buffer_, report, *row, text_);
            if (with_delays_) {
                put_delays(buffer_, report, *row, text_);
            }
            put_added(buffer_, report, *row, text_);
            put(buffer_, kLineEnd);
        }
    }
    bytes_.note(buffer_.size());
    return {buffer_.data(), buffer_.size()};
}

void RecordedRowWriter::clear() {
    bytes_.note(buffer_.size());
    clear_to(bytes_, buffer_);
}

void RecordedRowWriter::put_header() {
    put_keys(buffer_, with_delays_);
    tsa::put(buffer_, ",quiet_ns,tid_before");
    put_added_keys(buffer_);
    tsa::put(buffer_, kLineEnd);
}

void RecordedRowWriter::put(const Report& report, const RecordedRow& recorded) {
    const ThreadRow& row = *recorded.row;
    std::optional<ThreadRow> longer;
    if (recorded.quiet_ns != 0) {
        longer = row;
        longer->wall_ns += recorded.quiet_ns;
        longer->state_ns[index(row.before->state)] += recorded.quiet_ns;
    }
    const ThreadRow& whole = longer ? *longer : row;
    put_row(buffer_, report, whole, CsvText::as_is);
    if (with_delays_) {
        // From the unmodified row: delay accounting covers only the interval.
        put_delays(buffer_, report, row, CsvText::as_is);
    }
    buffer_.push_back(',');
    if (recorded.quiet_ns != 0) {
        put_integer(buffer_, recorded.quiet_ns);
    }
    buffer_.push_back(',');
    if (row.before != nullptr && row.before->tid != row.now->tid) {
        put_integer(buffer_, row.before->tid);
    }
    put_added(buffer_, report, whole, CsvText::as_is);
    tsa::put(buffer_, kLineEnd);
}

}  // namespace tsa
