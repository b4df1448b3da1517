// SPDX-License-Identifier: MIT
// See format.h. The table of placeholders also makes --help and the hint of an unknown one.
#include "waybar/format.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>

#include "text/cells.h"
#include "text/sanitize.h"
#include "text/system_text.h"
#include "waybar/markup.h"

namespace tsa {

namespace {

using Out = fmt::memory_buffer;

constexpr std::string_view kAbsent = "-";
constexpr std::string_view kFigureSpace = "\u2007";  // as wide as a digit in most fonts

void put_whole(Out& out, const std::optional<double>& value) {
    value ? void(fmt::format_to(std::back_inserter(out), "{:.0f}", *value)) : put(out, kAbsent);
}

void put_one_decimal(Out& out, const std::optional<double>& value) {
    value ? void(fmt::format_to(std::back_inserter(out), "{:.1f}", *value)) : put(out, kAbsent);
}

/// Short, as the bar has little room: percent without its sign, GHz without its unit.
void put_column(Out& out, const SystemColumn& column, const SystemValue& value) {
    constexpr double kMhzPerGhz = 1000;
    const std::optional<double> number = number_of(value);
    if (value.kind == SystemValue::Kind::text) {
        put(out, Printable(value.text).view());
    } else if (!number) {
        put(out, kAbsent);
    } else if (column.unit == SystemUnit::percent || column.unit == SystemUnit::count) {
        put_whole(out, number);
    } else if (column.unit == SystemUnit::megahertz) {
        put_one_decimal(out, *number / kMhzPerGhz);
    } else if (column.unit == SystemUnit::number) {
        put_one_decimal(out, number);
    } else {
        put(out, system_text(*number, column.unit).view());
    }
}

void put_threads(Out& out, const WaybarFacts& facts, ThreadState state) {
    put_one_decimal(out, facts.numbers.threads_in[index(state)]);
}

void put_top_name(Out& out, const WaybarFacts& facts, TopBy by) {
    const auto list = facts.top.by(by);
    put(out, list.empty() ? kAbsent : Printable(comm_of(*list.front().row->leader)).view());
}

using F = const WaybarFacts&;
constexpr WaybarPlaceholder kOwnPlaceholders[] = {
    {"cpu", "CPUs busy, %", [](Out& out, F f) { put_whole(out, f.numbers.cpu_pct); }},
    {"wait", "threads that wait for a CPU, in % of the CPUs",
     [](Out& out, F f) { put_whole(out, f.numbers.wait_pct); }},
    {"running", "threads on a CPU, on average", [](Out& out, F f) { put_threads(out, f, ThreadState::exec); }},
    {"lost", "threads delayed, on average", [](Out& out, F f) { put_one_decimal(out, f.numbers.lost); }},
    {"io_wait", "threads in I/O wait, on average", [](Out& out, F f) { put_threads(out, f, ThreadState::io_wait); }},
    {"swap_wait", "threads in swap wait, on average",
     [](Out& out, F f) { put_threads(out, f, ThreadState::swap_wait); }},
    {"mem_wait", "threads that wait for memory, on average",
     [](Out& out, F f) { put_threads(out, f, ThreadState::mem_wait); }},
    {"lock_wait", "threads that wait for locks, on average",
     [](Out& out, F f) { put_threads(out, f, ThreadState::lock_wait); }},
    {"threads", "threads alive",
     [](Out& out, F f) { fmt::format_to(std::back_inserter(out), "{}", f.numbers.threads); }},
    {"stuck", "threads in D",
     [](Out& out, F f) { fmt::format_to(std::back_inserter(out), "{}", f.top.stuck_count()); }},
    {"zombies", "zombies", [](Out& out, F f) { fmt::format_to(std::back_inserter(out), "{}", f.top.zombie_count()); }},
    {"mem", "memory used, %", [](Out& out, F f) { put_whole(out, f.numbers.memory_pct); }},
    {"swap", "swap used, %", [](Out& out, F f) { put_whole(out, f.numbers.swap_pct); }},
    {"temp", "temperature of the CPU, °C", [](Out& out, F f) { put_whole(out, f.numbers.temperature_c); }},
    {"power", "power drawn, W", [](Out& out, F f) { put_whole(out, f.numbers.power_w); }},
    {"top_cpu", "the process with most CPU time", [](Out& out, F f) { put_top_name(out, f, TopBy::cpu); }},
    {"top_mem", "the process with most memory", [](Out& out, F f) { put_top_name(out, f, TopBy::memory); }},
    {"top_io", "the process with most storage I/O", [](Out& out, F f) { put_top_name(out, f, TopBy::io); }},
    {kTopNetwork, "the process with most bytes through the network; counts them, which costs more",
     [](Out& out, F f) { put_top_name(out, f, TopBy::network); }},
    {kTopGpu, "the process that keeps a GPU busiest",
     [](Out& out, F f) {
         const auto users = f.top.gpu_users();
         put(out, users.empty() ? kAbsent : Printable(comm_of(*users.front().row->leader)).view());
     }},
    {"top_wait", "the most delayed process", [](Out& out, F f) { put_top_name(out, f, TopBy::wait); }},
    {"alert", "the most urgent class that holds, or calm", [](Out& out, F f) { put(out, f.alert); }},
    {"interval", "milliseconds between two lines",
     [](Out& out, F f) { fmt::format_to(std::back_inserter(out), "{}", f.interval_ms); }},
};

/// Those, and the placeholders of machine columns.
const std::vector<WaybarPlaceholder>& placeholders() {
    static const std::vector<WaybarPlaceholder> kAll = [] {
        std::vector<WaybarPlaceholder> all(std::begin(kOwnPlaceholders), std::end(kOwnPlaceholders));
        for (const SystemColumn& column : system_columns()) {
            if (!column.bar.name.empty()) {
                all.push_back({column.bar.name, column.bar.meaning, nullptr, &column});
            }
        }
        return all;
    }();
    return kAll;
}

const WaybarPlaceholder* find_placeholder(std::string_view name) {
    const auto found = std::ranges::find(placeholders(), name, &WaybarPlaceholder::name);
    return found != placeholders().end() ? &*found : nullptr;
}

Error unknown_placeholder(std::string_view name) {
    std::string all;
    for (const WaybarPlaceholder& one : placeholders()) {
        all += fmt::format("{}{{{}}}", all.empty() ? "" : ", ", one.name);
    }
    return Error{fmt::format("there is no placeholder {{{}}}", printable(name)), "one of " + all, 0};
}

}  // namespace

std::span<const WaybarPlaceholder> waybar_placeholders() {
    return placeholders();
}

Result<WaybarFormat> WaybarFormat::parse(std::string_view pattern) {
    if (pattern.size() > kMaxWaybarFormatBytes) {
        return Error{"the pattern is too long", fmt::format("at most {} bytes", kMaxWaybarFormatBytes), 0};
    }
    WaybarFormat format;
    std::string literal, markup;
    while (!pattern.empty()) {
        const char c = pattern.front();
        const bool brace = c == '{' || c == '}';
        if (!brace || (pattern.size() > 1 && pattern[1] == c)) {
            literal += c;
            markup += c;
            pattern.remove_prefix(brace ? 2 : 1);
            continue;
        }
        const std::size_t end = pattern.find('}');
        if (c == '}' || end == std::string_view::npos) {
            return Error{fmt::format("a lone '{}'", c), fmt::format("write {}{} for the character itself", c, c), 0};
        }
        const std::string_view inside = pattern.substr(1, end - 1);
        const std::size_t colon = std::min(inside.find(':'), inside.size());
        const WaybarPlaceholder* placeholder = find_placeholder(inside.substr(0, colon));
        if (placeholder == nullptr) {
            return unknown_placeholder(inside.substr(0, colon));
        }
        std::size_t width = 0;
        if (colon < inside.size()) {
            const std::string_view digits = inside.substr(colon + 1);
            const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), width);
            if (error != std::errc{} || stop != digits.data() + digits.size() || width > kMaxWaybarFieldWidth) {
                return Error{fmt::format("the width in {{{}}} is not a number", printable(inside)),
                             fmt::format("{{{}:3}}; 0 to {}", placeholder->name, kMaxWaybarFieldWidth), 0};
            }
        }
        format.pieces_.push_back({std::move(literal), placeholder, width});
        literal.clear();
        markup += 'x';
        pattern.remove_prefix(end + 1);
    }
    format.pieces_.push_back({std::move(literal), nullptr, 0});
    format.markup_problem_ = markup_error(markup);
    return format;
}

bool WaybarFormat::has(std::string_view placeholder) const {
    return std::ranges::any_of(pieces_, [placeholder](const Piece& piece) {
        return piece.placeholder != nullptr && piece.placeholder->name == placeholder;
    });
}

/// The character after a piece's value. Of another value it can be any, also the most delicate one.
char WaybarFormat::first_after(std::size_t piece) const {
    if (piece + 1 == pieces_.size()) {
        return '\0';
    }
    const Piece& next = pieces_[piece + 1];
    return !next.literal.empty() ? next.literal.front() : next.placeholder != nullptr ? '{' : '\0';
}

void WaybarFormat::put(fmt::memory_buffer& out, const WaybarFacts& facts, WaybarEscape escape) {
    for (std::size_t at = 0; at < pieces_.size(); ++at) {
        const Piece& piece = pieces_[at];
        tsa::put(out, piece.literal);
        if (piece.placeholder == nullptr) {
            continue;
        }
        value_.clear();
        if (const SystemColumn* column = piece.placeholder->column; column != nullptr) {
            put_column(value_, *column, column->get(facts.report, scratch_));
        } else {
            piece.placeholder->put(value_, facts);
        }
        const std::string_view value(value_.data(), value_.size());
        for (std::size_t cells = cells_of(value); cells < piece.width; ++cells) {
            tsa::put(out, kFigureSpace);
        }
        put_value(out, value, first_after(at), escape);
    }
}

}  // namespace tsa
