// SPDX-License-Identifier: MIT
// See waker_lines.h.
#include "record/waker_lines.h"

#include <algorithm>
#include <tuple>

#include "base/saturating.h"
#include "model/state.h"
#include "record/wait_names.h"
#include "text/csv_text.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

constexpr std::string_view kExecIrq = "exec_irq";
constexpr std::string_view kMissed = "missed";

/// By WakerKind.
constexpr std::array<std::string_view, kWakerKinds> kKinds{"", "thread", "timer", "block", "net", "other", "unsure"};

std::optional<ThreadState> state_of(std::string_view key) {
    const auto table = state_table();
    const auto found = std::ranges::find(table, key, &StateInfo::key);
    return found != table.end() ? std::optional(found->state) : std::nullopt;
}

std::uint64_t unix_ns_of(const Report& report, std::uint64_t at_ns) {
    return at_ns <= report.now_ns ? saturating_sub(report.time_unix_ns, report.now_ns - at_ns)
                                  : report.time_unix_ns + (at_ns - report.now_ns);
}

/// Empty: 0.
std::optional<std::uint64_t> number_or_0(std::string_view text) {
    return text.empty() ? 0 : number<std::uint64_t>(text);
}

/// Of a line's waker, the thread. False: not a valid one.
bool read_waker(const LineReader& reader, Waker& who) {
    const auto tid = number_or_0(reader[WakerField::waker_tid]);
    const auto start = number_or_0(reader[WakerField::waker_start_time_ns]);
    const auto tgid = number_or_0(reader[WakerField::waker_tgid]);
    if (!tid || !start || !tgid || *tid > UINT32_MAX || *tgid > UINT32_MAX) {
        return false;
    }
    who.tid = static_cast<std::uint32_t>(*tid);
    who.start_time_ns = *start;
    who.tgid = static_cast<std::uint32_t>(*tgid);
    who.comm = comm_from_text(reader[WakerField::waker_comm]);
    return true;
}

/// What all kinds of lines have.
bool read_sums(const LineReader& reader, WakerLine& out) {
    const auto count = number_or_0(reader[WakerField::count]);
    const auto total = reader.number_in<std::uint64_t>(WakerField::total_ns);
    const auto longest = number_or_0(reader[WakerField::max_ns]);
    const auto last = number_or_0(reader[WakerField::last_unix_ns]);
    if (!count || !total || !longest || !last || !is_recorded_length(*count) || !is_recorded_time(*total) ||
        !is_recorded_time(*longest) || !is_recorded_time(*last)) {
        return false;
    }
    out.wakeups.count = *count;
    out.wakeups.total_ns = *total;
    out.wakeups.longest_ns = *longest;
    out.last_unix_ns = *last;
    return true;
}

}  // namespace

void WakerLineWriter::put_wakeups(const Report& report, const Wakeups& wakeups) {
    const Waker& who = wakeups.who;
    auto out = std::back_inserter(text_);
    fmt::format_to(out, "{},{},{},{},{},", report.time_unix_ns, wakeups.thread.tid, wakeups.thread.start_time_ns,
                   info(wakeups.state).key, kKinds[static_cast<std::size_t>(who.kind)]);
    if (who.kind != WakerKind::thread) {
        fmt::format_to(out, ",,,,");
    } else {
        who.tid != 0 ? fmt::format_to(out, "{},{},{},", who.tid, who.start_time_ns, who.tgid)
                     : fmt::format_to(out, ",{},,", who.start_time_ns);
        put_csv(text_, printable(who.comm_view()));
        fmt::format_to(out, ",");
    }
    fmt::format_to(out, "{},{},{},{}{}", wakeups.count, wakeups.total_ns, wakeups.longest_ns,
                   unix_ns_of(report, who.at_ns), kLineEnd);
}

std::string_view WakerLineWriter::put(const Report& report, std::span<const RecordedRow> rows,
                                      const WakerInterval& interval) {
    text_.clear();
    recorded_.clear();
    for (const RecordedRow& recorded : rows) {
        recorded_.insert(key_of(*recorded.row->now));
    }
    sorted_.clear();
    for (const Wakeups& wakeups : interval.wakeups) {
        if (wakeups.who.kind != WakerKind::none && recorded_.contains(wakeups.thread)) {
            sorted_.push_back(&wakeups);
        }
    }
    std::ranges::sort(sorted_, {}, [](const Wakeups* one) {
        return std::tuple(one->thread.tid, one->thread.start_time_ns, one->state, ~one->total_ns, one->who.tid);
    });
    for (const Wakeups* one : sorted_) {
        put_wakeups(report, *one);
    }
    auto out = std::back_inserter(text_);
    for (const WakerInterval::ExecIrq& one : interval.exec_irq) {
        if (recorded_.contains(one.thread)) {
            fmt::format_to(out, "{},{},{},{},{},,,,,,{},,{}", report.time_unix_ns, one.thread.tid,
                           one.thread.start_time_ns, info(ThreadState::exec).key, kExecIrq, one.ns, kLineEnd);
        }
    }
    if (interval.missed != 0) {
        fmt::format_to(out, "{},,,,{},,,,,{},{},,{}", report.time_unix_ns, kMissed, interval.missed, interval.missed_ns,
                       kLineEnd);
    }
    return {text_.data(), text_.size()};
}

std::optional<WakerLine> read_waker_line(const LineReader& reader) {
    WakerLine out;
    if (!read_sums(reader, out)) {
        return std::nullopt;
    }
    const std::string_view waker = reader[WakerField::waker];
    if (waker == kMissed) {
        out.kind = WakerLine::Kind::missed;
        return out;
    }
    const auto tid = reader.number_in<std::uint32_t>(WakerField::tid);
    const auto start = reader.number_in<std::uint64_t>(WakerField::start_time_ns);
    const auto state = state_of(reader[WakerField::state]);
    if (!tid || !start || !state) {
        return std::nullopt;
    }
    out.wakeups.thread = {*tid, *start};
    out.wakeups.state = *state;
    if (waker == kExecIrq) {
        out.kind = WakerLine::Kind::exec_irq;
        return out;
    }
    const auto* const kind = std::ranges::find(kKinds, waker);
    if (waker.empty() || kind == kKinds.end() || out.last_unix_ns == 0 || !read_waker(reader, out.wakeups.who)) {
        return std::nullopt;
    }
    out.wakeups.who.kind = static_cast<WakerKind>(kind - kKinds.begin());
    return out;
}

}  // namespace tsa
