// See csv.h.
#include "output/csv.h"

#include "model/reconcile.h"
#include "output/sanitize.h"

namespace tsa {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

void put(fmt::memory_buffer& buffer, std::string_view text) {
    buffer.append(text.data(), text.data() + text.size());
}

}  // namespace

void CsvWriter::put_integer(std::uint64_t value) {
    const fmt::format_int digits(value);
    put(buffer_, {digits.data(), digits.size()});
}

void CsvWriter::put_text(std::string_view text) {
    const Printable safe(text);
    // An escape makes line ends harmless, so only these two need quotes.
    if (safe.view().find_first_of(",\"") == std::string_view::npos) {
        put(buffer_, safe.view());
        return;
    }
    buffer_.push_back('"');
    for (const char c : safe.view()) {
        if (c == '"') {
            buffer_.push_back('"');
        }
        buffer_.push_back(c);
    }
    buffer_.push_back('"');
}

void CsvWriter::put_value(const Column& column, const Value& value) {
    switch (value.kind) {
        case Value::Kind::absent:
            break;
        case Value::Kind::flag:
            put(buffer_, value.integer != 0 ? "true" : "false");
            break;
        case Value::Kind::integer:
            if (column.unit == Unit::count && value.integer < 0) {
                buffer_.push_back('-');
                put_integer(0 - static_cast<std::uint64_t>(value.integer));
            } else {
                put_integer(static_cast<std::uint64_t>(value.integer));
            }
            break;
        case Value::Kind::text:
            put_text(value.text);
            break;
    }
}

void CsvWriter::put_header(bool with_delays) {
    put(buffer_, "time_unix_ns,interval_ns");
    for (const Column& column : columns()) {
        buffer_.push_back(',');
        put(buffer_, column.key);
    }
    put(buffer_, ",exit_time_unix_ns");
    for (const Column& column : with_delays ? taskstats_columns() : std::span<const Column>{}) {
        buffer_.push_back(',');
        put(buffer_, column.key);
    }
    for (std::size_t pair = 0; with_delays && pair < kPairCount; ++pair) {
        put(buffer_, ",verdict_");
        put(buffer_, pair_key(static_cast<Pair>(pair)));
    }
    put(buffer_, kLineEnd);
}

void CsvWriter::put_row(const Report& report, const ThreadRow& row) {
    put_integer(report.time_unix_ns);
    buffer_.push_back(',');
    put_integer(report.interval_ns);
    for (const Column& column : columns()) {
        buffer_.push_back(',');
        put_value(column, column.of_thread(report, row));
    }
    buffer_.push_back(',');
    if (row.exit_time_unix_ns != 0) {
        put_integer(row.exit_time_unix_ns);
    }
    if (with_delays_) {
        put_delays(report, row);
    }
    put(buffer_, kLineEnd);
}

void CsvWriter::put_delays(const Report& report, const ThreadRow& row) {
    for (const Column& column : taskstats_columns()) {
        buffer_.push_back(',');
        put_value(column, column.of_thread(report, row));
    }
    for (const Comparison& comparison : reconcile(reconcile_input(report, row))) {
        buffer_.push_back(',');
        put_text(verdict_words(comparison));
    }
}

std::string_view CsvWriter::write(const Report& report, const SelectedRows& rows) {
    buffer_.clear();
    if (!header_written_) {
        with_delays_ = report.delays != nullptr;
        put_header(with_delays_);
        header_written_ = true;
    }
    for (const ThreadRow* row : rows.threads()) {
        put_row(report, *row);
    }
    for (const ThreadRow* row : rows.exited()) {
        put_row(report, *row);
    }
    return {buffer_.data(), buffer_.size()};
}

}  // namespace tsa
