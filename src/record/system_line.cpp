// SPDX-License-Identifier: MIT
// See system_line.h.
#include "record/system_line.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/scan.h"
#include "base/text_file.h"
#include "record/recorded_time.h"
#include "text/csv_text.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

struct OwnColumn {
    std::string_view key, help;
};
constexpr std::array<OwnColumn, kSystemLineFields> kOwn{{
    {"time_unix_ns", "end of the interval, wall-clock time"},
    {"interval_ns", "length of the interval"},
    {"monotonic_ns", "end of the interval by CLOCK_MONOTONIC, which never goes back"},
    {"threads", "living threads at the end, of those recorded"},
    {"rows", "lines of the interval in `threads.csv`; with fewer, it counts as not recorded"},
}};

void put(fmt::memory_buffer& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
}

void put_integer(fmt::memory_buffer& out, std::uint64_t value) {
    const fmt::format_int digits(value);
    put(out, {digits.data(), digits.size()});
}

void put_value(fmt::memory_buffer& out, const SystemColumn& column, const SystemValue& value) {
    switch (value.kind) {
        case SystemValue::Kind::absent:
            break;
        case SystemValue::Kind::integer:
            put_integer(out, value.integer);
            break;
        case SystemValue::Kind::real:
            // The shortest text that parses to the same number.
            fmt::format_to(std::back_inserter(out), "{}", value.real);
            break;
        case SystemValue::Kind::text:
            put_csv(out, column.unit == SystemUnit::json ? value.text : Printable(value.text).view());
            break;
    }
}

SystemValue value_of(SystemUnit unit, std::string_view cell) {
    if (cell.empty()) {
        return {};
    }
    if (is_text(unit)) {
        return {.kind = SystemValue::Kind::text, .text = cell};
    }
    if (is_integer(unit)) {
        const auto value = number<std::uint64_t>(cell);
        return value ? SystemValue{.kind = SystemValue::Kind::integer, .integer = *value} : SystemValue{};
    }
    const auto value = number<double>(cell);
    return value && std::isfinite(*value) ? SystemValue{.kind = SystemValue::Kind::real, .real = *value}
                                          : SystemValue{};
}

// Invariants that the screens rely on and a file from elsewhere may violate.
void make_consistent(SystemRow& system) {
    if (system.memory_used_bytes > system.now.memory_total_bytes) {
        system.memory_used_bytes.reset();
    }
    if (system.swap_used_bytes > system.now.swap_total_bytes) {
        system.swap_used_bytes.reset();
    }
}

}  // namespace

std::string_view system_line_key(SystemLineField field) {
    return kOwn[static_cast<std::size_t>(field)].key;
}

std::string_view system_line_help(SystemLineField field) {
    return kOwn[static_cast<std::size_t>(field)].help;
}

std::string_view SystemLineWriter::header() {
    line_.clear();
    const auto put_key = [this](std::string_view key) {
        put(line_, line_.size() != 0 ? "," : "");
        put(line_, key);
    };
    std::ranges::for_each_n(kOwn.begin(), kLeadingSystemFields, put_key, &OwnColumn::key);
    std::ranges::for_each(system_columns(), put_key, &SystemColumn::key);
    std::for_each(kOwn.begin() + kLeadingSystemFields, kOwn.end(), [&](const OwnColumn& own) { put_key(own.key); });
    put(line_, kLineEnd);
    return {line_.data(), line_.size()};
}

std::string_view SystemLineWriter::line(const Report& report, std::uint64_t rows) {
    line_.clear();
    put_integer(line_, report.time_unix_ns);
    for (const std::uint64_t value :
         {report.interval_ns, report.now_ns, static_cast<std::uint64_t>(report.threads.size())}) {
        line_.push_back(',');
        put_integer(line_, value);
    }
    for (const SystemColumn& column : system_columns()) {
        line_.push_back(',');
        put_value(line_, column, column.get(report, scratch_));
    }
    line_.push_back(',');
    put_integer(line_, rows);
    put(line_, kLineEnd);
    return {line_.data(), line_.size()};
}

Result<SystemLineReader> SystemLineReader::create(std::string_view header) {
    SystemLineReader reader;
    if (!reader.fields_.split(without_byte_order_mark(header))) {
        return Error{"the header is not a line of CSV", "is it a system.csv of rstat-tsa record?", 0};
    }
    const auto keys = reader.fields_.fields();
    reader.field_count_ = keys.size();
    for (std::size_t i = 0; i < kSystemLineFields; ++i) {
        const auto found = std::ranges::find(keys, kOwn[i].key);
        if (found != keys.end()) {
            reader.own_at_[i] = static_cast<std::size_t>(found - keys.begin());
        }
    }
    for (const SystemLineField needed : {SystemLineField::time_unix_ns, SystemLineField::interval_ns}) {
        if (!reader.own_at_[static_cast<std::size_t>(needed)]) {
            return Error{fmt::format("no column {}", system_line_key(needed)),
                         "is it a system.csv of rstat-tsa record, with its header?", 0};
        }
    }
    for (const SystemColumn& column : system_columns()) {
        const auto found = std::ranges::find(keys, column.key);
        if (found != keys.end()) {
            reader.cells_.push_back({static_cast<std::size_t>(found - keys.begin()), &column});
        }
    }
    return reader;
}

bool SystemLineReader::read(std::string_view line, Report& out) {
    if (!fields_.split(line) || fields_.fields().size() != field_count_) {
        return false;
    }
    const auto fields = fields_.fields();
    for (std::size_t i = 0; i < kSystemLineFields; ++i) {
        own_[i] = own_at_[i] ? number<std::uint64_t>(fields[*own_at_[i]]) : std::nullopt;
    }
    const auto time_ns = own(SystemLineField::time_unix_ns), interval_ns = own(SystemLineField::interval_ns);
    const std::uint64_t now_ns = own(SystemLineField::monotonic_ns).value_or(0);
    if (!time_ns || !interval_ns || !is_recorded_time(*time_ns) || !is_recorded_length(*interval_ns) ||
        !is_recorded_time(now_ns)) {
        return false;
    }
    out.time_unix_ns = *time_ns;
    out.interval_ns = *interval_ns;
    out.now_ns = now_ns;
    clear_system(out);
    for (const Cell& cell : cells_) {
        cell.column->set(out, value_of(cell.column->unit, fields[cell.field]));
    }
    make_consistent(out.system);
    return true;
}

}  // namespace tsa
