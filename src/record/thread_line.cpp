// See thread_line.h.
#include "record/thread_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <ranges>

#include "base/scan.h"
#include "model/columns.h"

namespace tsa {

namespace {

constexpr std::array<std::string_view, kThreadCells> kKeys{"time_unix_ns",
                                                           "interval_ns",
                                                           "tid",
                                                           "tgid",
                                                           "start_time_ns",
                                                           "kernel",
                                                           "uid",
                                                           "state_age_ns",
                                                           "state_age_is_lower_bound",
                                                           "wait_arg0",
                                                           "wait_owner_tid",
                                                           "wall_ns",
                                                           "cpu_wait_preempted_ns",
                                                           "voluntary_switches",
                                                           "involuntary_switches",
                                                           "rss_bytes",
                                                           "read_bytes",
                                                           "write_bytes",
                                                           "parent_tgid",
                                                           "policy",
                                                           "nice",
                                                           "last_cpu",
                                                           "cgroup_id",
                                                           "minor_faults",
                                                           "major_faults",
                                                           "exit_time_unix_ns",
                                                           "quiet_ns",
                                                           "tid_before",
                                                           "wait_owner_exited"};

constexpr std::array kNeeded{ThreadCell::time_unix_ns, ThreadCell::tid, ThreadCell::wall_ns};

/// Longer spans are no measurement: 146 years. Sums of a few of them still fit.
constexpr std::uint64_t kMaxSpanNs = std::uint64_t{1} << 62;

template <DelayKind kKind>
Delay& delay(TaskStats& stats) {
    std::optional<Delay>& found = stats.delays[index(kKind)];
    return found ? *found : found.emplace();
}

struct DelayCell {
    std::string_view key;
    void (*set)(TaskStats& stats, std::uint64_t value);
};

template <DelayKind kKind>
constexpr DelayCell delay_ns(std::string_view key) {
    return {key, [](TaskStats& stats, std::uint64_t value) { delay<kKind>(stats).total_ns = value; }};
}

template <DelayKind kKind>
constexpr DelayCell delay_count(std::string_view key) {
    return {key, [](TaskStats& stats, std::uint64_t value) { delay<kKind>(stats).count = value; }};
}

template <DelayKind kKind>
constexpr DelayCell delay_max(std::string_view key) {
    return {key, [](TaskStats& stats, std::uint64_t value) { delay<kKind>(stats).max_ns = value; }};
}

template <auto kMember>
constexpr DelayCell counter(std::string_view key) {
    return {key, [](TaskStats& stats, std::uint64_t value) { stats.*kMember = value; }};
}

/// The two that are always there in a reply come first.
constexpr std::size_t kVersionCell = 0, kRunTimeCell = 1;
constexpr std::array kDelayCells = std::to_array<DelayCell>({
    {"version", [](TaskStats& stats, std::uint64_t value) { stats.version = static_cast<std::uint16_t>(value); }},
    counter<&TaskStats::cpu_run_virtual_ns>("cpu_run_virtual_ns"),
    counter<&TaskStats::cpu_run_real_ns>("cpu_run_real_ns"),
    delay_ns<DelayKind::cpu>("cpu_delay_ns"),
    delay_ns<DelayKind::blkio>("blkio_delay_ns"),
    delay_ns<DelayKind::swapin>("swapin_delay_ns"),
    delay_ns<DelayKind::freepages>("freepages_delay_ns"),
    delay_ns<DelayKind::thrashing>("thrashing_delay_ns"),
    delay_ns<DelayKind::compact>("compact_delay_ns"),
    delay_ns<DelayKind::wpcopy>("wpcopy_delay_ns"),
    delay_ns<DelayKind::irq>("irq_delay_ns"),
    delay_count<DelayKind::cpu>("cpu_delay_count"),
    delay_count<DelayKind::blkio>("blkio_delay_count"),
    delay_count<DelayKind::swapin>("swapin_delay_count"),
    delay_count<DelayKind::freepages>("freepages_delay_count"),
    delay_count<DelayKind::thrashing>("thrashing_delay_count"),
    delay_count<DelayKind::compact>("compact_delay_count"),
    delay_count<DelayKind::wpcopy>("wpcopy_delay_count"),
    delay_count<DelayKind::irq>("irq_delay_count"),
    delay_max<DelayKind::cpu>("cpu_delay_max_ns"),
    delay_max<DelayKind::blkio>("blkio_delay_max_ns"),
    delay_max<DelayKind::swapin>("swapin_delay_max_ns"),
    counter<&TaskStats::user_ns>("user_ns"),
    counter<&TaskStats::system_ns>("system_ns"),
    counter<&TaskStats::voluntary_switches>("voluntary_switches"),
    counter<&TaskStats::involuntary_switches>("involuntary_switches"),
    counter<&TaskStats::minor_faults>("minor_faults"),
    counter<&TaskStats::major_faults>("major_faults"),
    counter<&TaskStats::read_chars>("read_chars"),
    counter<&TaskStats::written_chars>("written_chars"),
    counter<&TaskStats::read_syscalls>("read_syscalls"),
    counter<&TaskStats::write_syscalls>("write_syscalls"),
    counter<&TaskStats::read_bytes>("read_bytes"),
    counter<&TaskStats::write_bytes>("write_bytes"),
    counter<&TaskStats::max_rss_bytes>("max_rss_bytes"),
    counter<&TaskStats::max_vm_bytes>("max_vm_bytes"),
});

/// As number(), for the many short ones.
std::optional<std::uint64_t> whole_number(std::string_view text) {
    constexpr std::size_t kDigitsThatFit = 19;
    if (text.size() > kDigitsThatFit) {
        return number<std::uint64_t>(text);
    }
    std::uint64_t value = 0;
    for (const char c : text) {
        const auto digit = static_cast<unsigned char>(c - '0');
        if (digit > 9) {
            return std::nullopt;
        }
        value = value * 10 + digit;
    }
    return text.empty() ? std::nullopt : std::optional(value);
}

template <class Table, class Key, class Projection = std::identity>
std::optional<std::uint8_t> place_in(const Table& table, const Key& key, Projection projection = {}) {
    const auto found = std::ranges::find(table, key, projection);
    return found != std::ranges::end(table)
               ? std::optional(static_cast<std::uint8_t>(found - std::ranges::begin(table)))
               : std::nullopt;
}

/// Numbers that a thread has in fewer bits.
std::uint64_t largest(ThreadCell cell) {
    switch (cell) {
        case ThreadCell::tid:
        case ThreadCell::tgid:
        case ThreadCell::uid:
        case ThreadCell::wait_owner_tid:
        case ThreadCell::parent_tgid:
        case ThreadCell::tid_before:
            return std::numeric_limits<std::uint32_t>::max();
        case ThreadCell::policy:
            return std::numeric_limits<std::uint8_t>::max();
        case ThreadCell::last_cpu:
            return std::numeric_limits<std::uint16_t>::max();
        case ThreadCell::interval_ns:
        case ThreadCell::state_age_ns:
        case ThreadCell::wall_ns:
        case ThreadCell::cpu_wait_preempted_ns:
        case ThreadCell::quiet_ns:
            return kMaxSpanNs;
        default:
            return std::numeric_limits<std::uint64_t>::max();
    }
}

bool put_number(ThreadCells& cells, std::uint8_t at, std::uint64_t value) {
    cells.numbers[at] = value;
    cells.present |= 1U << at;
    return value <= largest(static_cast<ThreadCell>(at));
}

// What the cells say together. States that are absent were not measured: what is missing of the sum went there.
bool is_consistent(ThreadCells& cells) {
    for (const ThreadCell needed : kNeeded) {
        if (!cells.has(needed)) {
            return false;
        }
    }
    const std::uint64_t wall_ns = cells[ThreadCell::wall_ns];
    std::uint64_t rest_ns = wall_ns;
    for (const std::uint64_t ns : cells.state_ns) {
        if (ns > rest_ns) {
            return false;
        }
        rest_ns -= ns;
    }
    if (rest_ns != 0) {
        const auto absent = [&](std::size_t state) { return (cells.states_present >> state & 1U) == 0; };
        std::size_t unmeasured = cells.state ? index(*cells.state) : 0;
        for (std::size_t i = 0; i < kStateCount && !absent(unmeasured); ++i) {
            unmeasured = i;
        }
        if (!absent(unmeasured)) {
            return false;
        }
        cells.state_ns[unmeasured] = rest_ns;
    }
    return cells[ThreadCell::tid] != 0 && cells[ThreadCell::quiet_ns] <= wall_ns;
}

}  // namespace

ThreadLine::Column ThreadLine::column_of(std::string_view key) {
    if (key == "comm") {
        return {Kind::comm};
    }
    if (key == "state") {
        return {Kind::state};
    }
    if (key == "wait_on") {
        return {Kind::wait_on};
    }
    if (const auto cell = place_in(kKeys, key)) {
        const auto which = static_cast<ThreadCell>(*cell);
        const bool flag = which == ThreadCell::kernel || which == ThreadCell::state_age_is_lower_bound ||
                          which == ThreadCell::wait_owner_exited;
        return {flag ? Kind::flag : which == ThreadCell::nice ? Kind::nice : Kind::number, *cell};
    }
    if (key.ends_with("_ns")) {
        if (const auto state = place_in(state_table(), key.substr(0, key.size() - 3), &StateInfo::key)) {
            return {Kind::state_ns, *state};
        }
    }
    if (key.starts_with(kTaskstatsPrefix)) {
        if (const auto cell = place_in(kDelayCells, key.substr(kTaskstatsPrefix.size()), &DelayCell::key)) {
            return {Kind::delay, *cell};
        }
    }
    return {};
}

Result<ThreadLine> ThreadLine::create(std::string_view header) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // spreadsheets write one
    header.remove_prefix(header.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
    ThreadLine line;
    if (!line.fields_.split(header)) {
        return Error{"the header is no line of CSV", "is it a threads.csv of rstat-tsa record?", 0};
    }
    const auto keys = line.fields_.fields();
    for (const ThreadCell needed : kNeeded) {
        const std::string_view key = kKeys[static_cast<std::size_t>(needed)];
        if (std::ranges::find(keys, key) == keys.end()) {
            return Error{fmt::format("no column {}", key), "is it a threads.csv of rstat-tsa record, with its header?",
                         0};
        }
    }
    for (const std::string_view key : keys) {
        line.columns_.push_back(column_of(key));
        line.has_delays_ |= line.columns_.back().kind == Kind::delay;
    }
    const auto argument = kKeys[static_cast<std::size_t>(ThreadCell::wait_arg0)];
    line.has_wait_arguments_ = std::ranges::find(keys, argument) != keys.end();
    line.time_at_ = static_cast<std::size_t>(std::ranges::find(keys, kKeys[0]) - keys.begin());
    return line;
}

bool ThreadLine::read_cell(const Column& column, std::string_view text, ThreadCells& cells) {
    if (column.kind == Kind::comm || column.kind == Kind::wait_on) {
        (column.kind == Kind::comm ? cells.comm : cells.wait_on) = text;
        return true;
    }
    if (column.kind == Kind::state) {
        cells.state = state_from_key(text);
        return cells.state.has_value();
    }
    if (column.kind == Kind::flag) {
        return (text == "true" || text == "false") && put_number(cells, column.at, text == "true" ? 1 : 0);
    }
    if (column.kind == Kind::nice) {
        const auto value = number<std::int8_t>(text);
        return value && put_number(cells, column.at, static_cast<std::uint64_t>(std::int64_t{*value}));
    }
    const auto value = whole_number(text);
    if (!value) {
        return false;
    }
    switch (column.kind) {
        case Kind::state_ns:
            cells.state_ns[column.at] = *value;
            cells.states_present = static_cast<std::uint16_t>(cells.states_present | 1U << column.at);
            return true;
        case Kind::delay:
            kDelayCells[column.at].set(cells.delays.now, *value);
            cells.has_delays |= column.at == kVersionCell;
            cells.delays.has_before |= column.at == kRunTimeCell;
            return true;
        default:
            return put_number(cells, column.at, *value);
    }
}

bool ThreadLine::read(std::string_view line, ThreadCells& cells) {
    if (!fields_.split(line) || fields_.fields().size() != columns_.size()) {
        return false;
    }
    cells.numbers = {};
    cells.present = 0;
    cells.states_present = 0;
    cells.state_ns = {};
    cells.state.reset();
    cells.comm = cells.wait_on = {};
    cells.has_delays = false;
    if (has_delays_) {
        cells.delays = {};
    }
    const auto texts = fields_.fields();
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (columns_[i].kind != Kind::ignored && !texts[i].empty() && !read_cell(columns_[i], texts[i], cells)) {
            return false;
        }
    }
    return is_consistent(cells);
}

std::optional<std::uint64_t> ThreadLine::time_of(std::string_view line) {
    if (!fields_.split(line) || fields_.fields().size() <= time_at_) {
        return std::nullopt;
    }
    return number<std::uint64_t>(fields_.fields()[time_at_]);
}

}  // namespace tsa
