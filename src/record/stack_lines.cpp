// SPDX-License-Identifier: MIT
// See stack_lines.h.
#include "record/stack_lines.h"

#include <algorithm>

#include "model/columns.h"
#include "model/find_row.h"
#include "model/state.h"
#include "record/recorded_time.h"
#include "text/csv_text.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

/// The text that wait_label has in threads.csv.
std::string label_in(const Report& report, const StackWaits& waits) {
    if (!waits.is_open) {
        return waits.label;
    }
    const ThreadRow* row = find_row(report, waits.thread);
    static const Column* const kLabel = find_column("wait_label");
    const Value value = row != nullptr ? kLabel->of_thread(report, *row) : Value{};
    return std::string(value.kind == Value::Kind::text ? Printable(value.text).view() : std::string_view{});
}

/// "1152:3 4096:1".
void put_lengths(fmt::memory_buffer& out, std::span<const LengthCount> lengths) {
    std::string_view space;
    for (const LengthCount& length : lengths) {
        fmt::format_to(std::back_inserter(out), "{}{}:{}", space, wait_bucket_begin_ns(length.bucket), length.count);
        space = " ";
    }
}

/// Absent: not written by put_lengths().
std::optional<LengthCounts> lengths_in(std::string_view text) {
    LengthCounts out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t colon = std::min(pair.find(':'), pair.size());
        const auto from_ns = number<std::uint64_t>(pair.substr(0, colon));
        const auto count = number<std::uint32_t>(pair.substr(std::min(colon + 1, pair.size())));
        if (!from_ns || !count || wait_bucket_begin_ns(wait_bucket(*from_ns)) != *from_ns) {
            return std::nullopt;
        }
        const LengthCount length{static_cast<std::uint8_t>(wait_bucket(*from_ns)), *count};
        if (!out.empty() && out.back().bucket >= length.bucket) {
            return std::nullopt;
        }
        out.push_back(length);
    }
    return out;
}

std::optional<ThreadState> state_of(std::string_view key) {
    const auto table = state_table();
    const auto found = std::ranges::find(table, key, &StateInfo::key);
    return found != table.end() ? std::optional(found->state) : std::nullopt;
}

}  // namespace

std::string StackLineWriter::stacks_header() {
    return header_line(kStackColumns);
}

std::string StackLineWriter::waits_header() {
    return header_line(kWaitColumns);
}

std::uint64_t StackLineWriter::id_of(const RecordedStack& stack) {
    std::string key(info(stack.kind).key);
    key += ' ';
    key += stack.frames;
    if (numbers_.size() >= kMaxNumberedStacks && !numbers_.contains(key)) {
        numbers_.clear();
    }
    Numbered& numbered = numbers_[std::move(key)];
    if (numbered.id == 0) {
        numbered.id = next_id_++;
    }
    if (numbered.written != generation_) {
        numbered.written = generation_;
        fmt::format_to(std::back_inserter(stacks_), "{},", numbered.id);
        put_csv(stacks_, printable(stack.frames));
        fmt::format_to(std::back_inserter(stacks_), ",{}{}", info(stack.kind).key, kLineEnd);
    }
    return numbered.id;
}

void StackLineWriter::put_line(const Report& report, const StackWaits& waits) {
    auto out = std::back_inserter(waits_);
    fmt::format_to(out, "{},{},{},{},", report.time_unix_ns, waits.thread.tid, waits.thread.start_time_ns,
                   tsa::info(waits.state).key);
    put_csv(waits_, label_in(report, waits));
    fmt::format_to(out, ",{},{},{},{},", id_of(*waits.stack), waits.count, waits.total_ns, waits.max_ns);
    put_lengths(waits_, waits.lengths);
    fmt::format_to(out, ",{}{}", waits.tgid, kLineEnd);
}

void StackLineWriter::put(const Report& report, std::span<const StackWaits> waits, bool starts_over) {
    stacks_.clear();
    waits_.clear();
    generation_ += starts_over ? 1 : 0;
    for (const StackWaits& each : waits) {
        put_line(report, each);
    }
}

std::optional<RecordedStackLine> read_stack_line(LineReader& reader, std::string_view line) {
    if (!reader.split(line)) {
        return std::nullopt;
    }
    const auto id = number<std::uint64_t>(reader[StackField::stack_id]);
    const auto kind = std::ranges::find(kStackKinds, reader[StackField::kind], &StackKindInfo::key);
    if (!id || kind == kStackKinds.end() || has_frames(kind->kind) == reader[StackField::frames].empty()) {
        return std::nullopt;
    }
    return RecordedStackLine{*id, {kind->kind, printable(reader[StackField::frames])}};
}

std::optional<WaitLine> read_wait_line(LineReader& reader, std::string_view line) {
    if (!reader.split(line)) {
        return std::nullopt;
    }
    const auto cell = [&reader](WaitField field) { return number<std::uint64_t>(reader[field]); };
    const auto time = cell(WaitField::time_unix_ns);
    const auto tid = number<std::uint32_t>(reader[WaitField::tid]);
    const auto start = cell(WaitField::start_time_ns);
    const auto state = state_of(reader[WaitField::state]);
    const auto id = cell(WaitField::stack_id);
    const auto count = cell(WaitField::count);
    const auto total = cell(WaitField::total_ns);
    const auto max = cell(WaitField::max_ns);
    auto lengths = lengths_in(reader[WaitField::lengths]);
    const std::string_view process = reader[WaitField::tgid];
    const auto tgid = process.empty() ? std::optional<std::uint32_t>(0) : number<std::uint32_t>(process);
    if (!time || !tid || !tgid || !start || !state || !id || !count || !total || !max || !lengths ||
        !is_recorded_time(*time) || !is_recorded_length(*total) || !is_recorded_length(*max) ||
        !is_recorded_length(*count)) {
        return std::nullopt;
    }
    WaitLine out{*time, *id, {}};
    out.waits.thread = {*tid, *start};
    out.waits.tgid = *tgid;
    out.waits.state = *state;
    out.waits.label = std::string(reader[WaitField::label]);
    out.waits.count = *count;
    out.waits.total_ns = *total;
    out.waits.max_ns = *max;
    out.waits.lengths = std::move(*lengths);
    return out;
}

}  // namespace tsa
