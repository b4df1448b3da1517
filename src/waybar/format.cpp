// See format.h. The table of placeholders also makes --help and the hint of an unknown one.
#include "waybar/format.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>

#include "text/cells.h"
#include "text/sanitize.h"
#include "text/units.h"
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

void put_bytes(Out& out, const std::optional<std::uint64_t>& bytes) {
    put(out, bytes ? bytes_text(*bytes).view() : kAbsent);
}

void put_rate(Out& out, const std::optional<double>& bytes_per_s) {
    bytes_per_s ? put(out, rate_text(*bytes_per_s).view()) : put(out, kAbsent);
}

void put_threads(Out& out, const WaybarFacts& facts, ThreadState state) {
    put_one_decimal(out, facts.numbers.threads_in[index(state)]);
}

void put_top_name(Out& out, const WaybarFacts& facts, TopBy by) {
    const auto list = facts.top.by(by);
    put(out, list.empty() ? kAbsent : Printable(comm_of(*list.front().row->leader)).view());
}

using F = const WaybarFacts&;
constexpr WaybarPlaceholder kPlaceholders[] = {
    {"cpu", "CPUs busy, %", [](Out& out, F f) { put_whole(out, f.numbers.cpu_pct); }},
    {"wait", "threads that wait for a CPU, in % of the CPUs",
     [](Out& out, F f) { put_whole(out, f.numbers.wait_pct); }},
    {"running", "threads on a CPU, on average", [](Out& out, F f) { put_threads(out, f, ThreadState::exec); }},
    {"lost", "threads that want to go on and cannot, on average",
     [](Out& out, F f) { put_one_decimal(out, f.numbers.lost); }},
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
    {"mem_used", "memory used, with unit", [](Out& out, F f) { put_bytes(out, f.report.system.memory_used_bytes); }},
    {"mem_available", "memory available, with unit",
     [](Out& out, F f) { put_bytes(out, f.report.system.now.memory_available_bytes); }},
    {"swap", "swap used, %", [](Out& out, F f) { put_whole(out, f.numbers.swap_pct); }},
    {"swap_used", "swap used, with unit", [](Out& out, F f) { put_bytes(out, f.report.system.swap_used_bytes); }},
    {"psi_cpu", "PSI: % of time in which some thread waited for a CPU",
     [](Out& out, F f) { put_whole(out, f.report.system.stall_cpu_pct); }},
    {"psi_mem", "PSI: the same for memory", [](Out& out, F f) { put_whole(out, f.report.system.stall_memory_pct); }},
    {"psi_io", "PSI: the same for I/O", [](Out& out, F f) { put_whole(out, f.report.system.stall_io_pct); }},
    {"load", "load average of the last minute",
     [](Out& out, F f) {
         const auto& load = f.report.system.now.load;
         put_one_decimal(out, load ? std::optional((*load)[0]) : std::nullopt);
     }},
    {"temp", "temperature of the CPU, °C", [](Out& out, F f) { put_whole(out, f.numbers.temperature_c); }},
    {"ghz", "average frequency of the CPUs, GHz",
     [](Out& out, F f) {
         const auto& mhz = f.report.system.now.cpu_mhz;
         put_one_decimal(out, mhz ? std::optional(*mhz / 1000) : std::nullopt);
     }},
    {"gpu", "the busiest GPU, %",
     [](Out& out, F f) {
         const Gpu* gpu = busiest_gpu(f.report.system.now);
         put_whole(out, gpu != nullptr ? gpu->busy_pct : std::nullopt);
     }},
    {"power", "power drawn, W", [](Out& out, F f) { put_whole(out, f.numbers.power_w); }},
    {"profile", "power profile",
     [](Out& out, F f) {
         const auto& profile = f.report.system.now.power_profile;
         profile ? put(out, Printable(profile->view()).view()) : put(out, kAbsent);
     }},
    {"read", "read from disks, with unit", [](Out& out, F f) { put_rate(out, f.report.system.disk_read_bytes_per_s); }},
    {"write", "written to disks, with unit",
     [](Out& out, F f) { put_rate(out, f.report.system.disk_write_bytes_per_s); }},
    {"down", "received from the network, with unit",
     [](Out& out, F f) { put_rate(out, f.report.system.net_rx_bytes_per_s); }},
    {"up", "sent to the network, with unit", [](Out& out, F f) { put_rate(out, f.report.system.net_tx_bytes_per_s); }},
    {"top_cpu", "the process with most CPU time", [](Out& out, F f) { put_top_name(out, f, TopBy::cpu); }},
    {"top_mem", "the process with most memory", [](Out& out, F f) { put_top_name(out, f, TopBy::memory); }},
    {"top_io", "the process with most storage I/O", [](Out& out, F f) { put_top_name(out, f, TopBy::io); }},
    {"top_wait", "the process that loses most time", [](Out& out, F f) { put_top_name(out, f, TopBy::wait); }},
    {"alert", "the most urgent class that holds, or calm", [](Out& out, F f) { put(out, f.alert); }},
    {"interval", "milliseconds between two lines",
     [](Out& out, F f) { fmt::format_to(std::back_inserter(out), "{}", f.interval_ms); }},
};

const WaybarPlaceholder* find_placeholder(std::string_view name) {
    const auto* found = std::ranges::find(kPlaceholders, name, &WaybarPlaceholder::name);
    return found != std::end(kPlaceholders) ? found : nullptr;
}

Error unknown_placeholder(std::string_view name) {
    std::string all;
    for (const WaybarPlaceholder& one : kPlaceholders) {
        all += fmt::format("{}{{{}}}", all.empty() ? "" : ", ", one.name);
    }
    return Error{fmt::format("there is no placeholder {{{}}}", printable(name)), "one of " + all, 0};
}

}  // namespace

std::span<const WaybarPlaceholder> waybar_placeholders() {
    return kPlaceholders;
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

void WaybarFormat::put(fmt::memory_buffer& out, const WaybarFacts& facts, bool markup) {
    for (const Piece& piece : pieces_) {
        tsa::put(out, piece.literal);
        if (piece.placeholder == nullptr) {
            continue;
        }
        value_.clear();
        piece.placeholder->put(value_, facts);
        const std::string_view value(value_.data(), value_.size());
        for (std::size_t cells = cells_of(value); cells < piece.width; ++cells) {
            tsa::put(out, kFigureSpace);
        }
        markup ? put_escaped(out, value) : tsa::put(out, value);
    }
}

}  // namespace tsa
