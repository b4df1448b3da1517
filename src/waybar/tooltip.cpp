// SPDX-License-Identifier: MIT
// See tooltip.h. The part about the machine is in summary.cpp.
#include "waybar/tooltip.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "base/time_units.h"
#include "text/cells.h"
#include "text/sanitize.h"
#include "text/units.h"

namespace tsa {

namespace {

/// GTK wraps a tooltip at 70 characters of its font where a break is allowed (Pango 1.44 has the attribute).
constexpr std::string_view kOpen = "<tt><span allow_breaks='false'>";
constexpr std::string_view kClose = "</span></tt>";

constexpr std::size_t kNameCells = 13;
constexpr double kLeastThreads = 0.005;  ///< smaller values round to 0 and are left out

/// "1,284".
ShortText count_text(std::uint64_t count) {
    ShortText text;
    const ShortText digits = short_words("{}", count);
    for (std::size_t at = 0; at < digits.size; ++at) {
        if (at != 0 && (digits.size - at) % 3 == 0) {
            text.data[text.size++] = ',';
        }
        text.data[text.size++] = digits.data[at];
    }
    return text;
}

ShortText threads_text(double threads) {
    return threads < 9.995   ? short_words("{:.2f}", threads)
           : threads < 99.95 ? short_words("{:.1f}", threads)
                             : short_words("{:.0f}", threads);
}

void put_states(WaybarSheet& sheet, const WaybarNumbers& numbers) {
    constexpr std::size_t kLabelCells = 8;
    constexpr std::size_t kStateCells = 6;
    sheet.put_strong("THREADS");
    sheet.go_to(kLabelCells);
    for (const StateInfo& state : state_table()) {
        fmt::basic_memory_buffer<char, 32> head;
        fmt::format_to(std::back_inserter(head), "{:>{}}", state.head, kStateCells);
        sheet.put_dim({head.data(), head.size()});
    }
    sheet.end_line();
    sheet.put_left(count_text(numbers.threads).view(), kLabelCells);
    for (const StateInfo& state : state_table()) {
        const std::optional<double>& threads = numbers.threads_in[index(state.state)];
        if (!threads || *threads <= 0) {
            sheet.put_right(threads ? "·" : "-", kStateCells);
            continue;
        }
        const ShortText value = *threads < 0.05    ? short_words("<0.1")
                                : *threads < 99.95 ? short_words("{:.1f}", *threads)
                                                   : short_words("{:.0f}", *threads);
        sheet.go_to(sheet.column() + kStateCells - std::min<std::size_t>(value.size, kStateCells - 1));
        is_load(state.state) ? sheet.put(value.view(), state.state) : sheet.put(value.view());
    }
    sheet.end_line();
}

// The three lists side by side.
constexpr std::array<TopBy, 3> kUsers{TopBy::cpu, TopBy::memory, TopBy::io};
constexpr std::array<WaybarPart, 3> kUserParts{WaybarPart::cpu, WaybarPart::memory, WaybarPart::io};
constexpr std::array<std::size_t, 3> kUserCells{23, 24, 33};

/// Of both directions.
void put_rates(WaybarSheet& sheet, const Report& report, std::array<std::uint64_t, 2> of_interval) {
    const auto interval_ns = static_cast<double>(std::max<std::uint64_t>(report.interval_ns, 1));
    for (const std::uint64_t bytes : of_interval) {
        const double per_s = static_cast<double>(bytes) * static_cast<double>(kNsPerSecond) / interval_ns;
        sheet.put_right(bytes == 0 ? "·" : rate_text(per_s).view(), kRateCells + 1);
    }
}

void put_user(WaybarSheet& sheet, const Report& report, TopBy by, const TopProcess& top) {
    const auto interval_ns = static_cast<double>(std::max<std::uint64_t>(report.interval_ns, 1));
    sheet.put_left(Printable(comm_of(*top.row->leader)).view(), kNameCells);
    if (by == TopBy::cpu) {
        const double pct = 100.0 * static_cast<double>(top.value) / interval_ns;
        const ShortText value = pct < 0.05     ? short_words("<0.1 %")
                                : pct < 999.95 ? short_words("{:.1f} %", pct)
                                               : short_words("{:.0f} %", pct);
        sheet.put_right(value.view(), 8);
    } else if (by == TopBy::memory) {
        sheet.put_right(bytes_text(top.value).view(), 9);
    } else {
        put_rates(sheet, report, {top.row->read_bytes, top.row->write_bytes});
    }
}

void put_users(WaybarSheet& sheet, const WaybarSettings& settings, const Report& report, const TopLists& top) {
    constexpr std::array<std::string_view, 3> kHeads{"CPU", "MEMORY", "STORAGE I/O"};
    std::size_t rows = 0;
    std::size_t column = 0;
    for (std::size_t i = 0; i < kUsers.size(); ++i) {
        if (!settings.shows(kUserParts[i])) {
            continue;
        }
        sheet.go_to(column);
        sheet.put_strong(kHeads[i]);
        if (kUsers[i] == TopBy::io) {
            const bool known = (report.measured & kMeasuredIo) != 0 || !top.by(TopBy::io).empty();
            sheet.go_to(column + kNameCells);
            sheet.put_dim(known ? "      read     write" : "         -         -");
        }
        column += kUserCells[i];
        rows = std::max(rows, top.by(kUsers[i]).size());
    }
    sheet.end_line();
    for (std::size_t row = 0; row < rows; ++row) {
        column = 0;
        for (std::size_t i = 0; i < kUsers.size(); ++i) {
            if (!settings.shows(kUserParts[i])) {
                continue;
            }
            if (const auto list = top.by(kUsers[i]); row < list.size()) {
                sheet.go_to(column);
                put_user(sheet, report, kUsers[i], list[row]);
            }
            column += kUserCells[i];
        }
        sheet.end_line();
    }
}

void put_gpu_user(WaybarSheet& sheet, const TopGpuUser& top) {
    sheet.put_left(Printable(comm_of(*top.row->leader)).view(), kNameCells);
    sheet.put_right(top.use->busy_pct ? short_words("{:.0f} %", *top.use->busy_pct).view() : "-", 6);
    sheet.put_right(top.use->memory_bytes ? bytes_text(*top.use->memory_bytes).view() : "-", 9);
}

/// What sockets and GPUs are used for, side by side. Each has the cells of the list above it.
void put_devices(WaybarSheet& sheet, const WaybarSettings& settings, const Report& report, const TopLists& top) {
    constexpr std::size_t kGpuColumn = 40;
    const bool has_network = settings.shows(WaybarPart::network);
    const std::size_t gpu_column = has_network ? kGpuColumn : 0;
    const auto talkers = top.by(TopBy::network);
    const auto gpu_users = top.gpu_users();
    if (has_network) {
        sheet.put_strong("NETWORK");
        sheet.go_to(kNameCells);
        sheet.put_dim(report.network ? "  received      sent" : "         -         -");
    }
    if (settings.shows(WaybarPart::gpu)) {
        sheet.go_to(gpu_column);
        sheet.put_strong("GPU");
        sheet.go_to(gpu_column + kNameCells);
        sheet.put_dim("  busy   memory");
    }
    sheet.end_line();
    const std::size_t network_rows = has_network ? talkers.size() : 0;
    const std::size_t gpu_rows = settings.shows(WaybarPart::gpu) ? gpu_users.size() : 0;
    for (std::size_t row = 0; row < std::max(network_rows, gpu_rows); ++row) {
        if (row < network_rows) {
            const ProcessRow& process = *talkers[row].row;
            sheet.put_left(Printable(comm_of(*process.leader)).view(), kNameCells);
            put_rates(sheet, report, {process.net_rx_bytes, process.net_tx_bytes});
        }
        if (row < gpu_rows) {
            sheet.go_to(gpu_column);
            put_gpu_user(sheet, gpu_users[row]);
        }
        sheet.end_line();
    }
}

/// The latency states of a process, the largest first, as threads on average.
struct LostTime {
    ThreadState state;
    double threads;
};
using LostTimes = std::array<LostTime, 6>;

LostTimes lost_times(const ProcessRow& process, double interval_ns) {
    LostTimes times{};
    for (std::size_t i = 0; i < times.size(); ++i) {
        const auto state = static_cast<ThreadState>(index(ThreadState::cpu_wait) + i);
        const bool known = (process.measured & measured_bit(state)) != 0;
        times[i] = {state, known ? static_cast<double>(process.state_ns[index(state)]) / interval_ns : 0.0};
    }
    std::sort(times.begin(), times.end(), [](const LostTime& left, const LostTime& right) {
        return left.threads != right.threads ? left.threads > right.threads : left.state < right.state;
    });
    return times;
}

void put_waiting(WaybarSheet& sheet, const Report& report, const TopProcess& top, double most) {
    constexpr std::size_t kValueCells = 7;
    constexpr std::size_t kBarColumn = kNameCells + kValueCells + 1;
    constexpr std::size_t kBarCells = 12;
    constexpr std::size_t kWordsColumn = kBarColumn + kBarCells + 3;
    const double interval_ns = static_cast<double>(std::max<std::uint64_t>(report.interval_ns, 1));
    const LostTimes times = lost_times(*top.row, interval_ns);
    sheet.put_left(Printable(comm_of(*top.row->leader)).view(), kNameCells);
    sheet.put_right(threads_text(static_cast<double>(top.value) / interval_ns).view(), kValueCells);
    sheet.go_to(kBarColumn);
    sheet.put_dim("▕");
    double sum = 0;
    for (const LostTime& time : times) {
        sum += time.threads;
        const auto end = kBarColumn + 1 + static_cast<std::size_t>(std::lround(sum / most * kBarCells));
        fmt::basic_memory_buffer<char, 64> cells;
        for (std::size_t at = sheet.column(); at < std::min(end, kBarColumn + 1 + kBarCells); ++at) {
            const std::string_view glyph = info(time.state).glyph;
            cells.append(glyph.data(), glyph.data() + glyph.size());
        }
        sheet.put({cells.data(), cells.size()}, time.state);
    }
    sheet.go_to(kBarColumn + 1 + kBarCells);
    sheet.put_dim("▏");
    sheet.go_to(kWordsColumn);
    for (const LostTime& time : times) {
        if (time.threads < kLeastThreads) {
            break;
        }
        const bool first = sheet.column() == kWordsColumn;
        const ShortText value = threads_text(time.threads);
        const std::string_view lost_to = info(time.state).delayed;
        const std::size_t needed = (first ? 0 : 2) + value.size + 1 + lost_to.size();
        if (sheet.column() + needed > kWaybarTooltipCells - 2) {
            sheet.put_dim(" …");
            break;
        }
        sheet.put(first ? "" : ", ");
        sheet.put(value.view(), time.state);
        sheet.put(" ");
        sheet.put(lost_to);
    }
    sheet.end_line();
}

void put_wait_list(WaybarSheet& sheet, const Report& report, const TopLists& top) {
    const double interval_ns = static_cast<double>(std::max<std::uint64_t>(report.interval_ns, 1));
    sheet.put_strong("DELAYED");
    sheet.put_dim("  threads on average, and what they wait for");
    sheet.end_line();
    const auto list = top.by(TopBy::wait);
    const double most = list.empty() ? 0 : static_cast<double>(list.front().value) / interval_ns;
    if (most < kLeastThreads) {
        sheet.put_dim("none");
        sheet.end_line();
    }
    for (const TopProcess& process : list) {
        if (static_cast<double>(process.value) / interval_ns >= kLeastThreads) {
            put_waiting(sheet, report, process, most);
        }
    }
}

void put_stuck_head(WaybarSheet& sheet, const StuckThread& stuck) {
    constexpr std::size_t kTidCells = 8;
    constexpr std::size_t kAgeCells = 9;
    const Thread& thread = *stuck.row->now;
    sheet.put(info(thread.state).head, thread.state);
    sheet.go_to(4);
    sheet.put_right(short_words("{}", thread.tid).view(), kTidCells);
    sheet.go_to(4 + kTidCells + 1);
    sheet.put_left(Printable(comm_of(thread)).view(), 15);
    const ShortText age = stuck.age_ns
                              ? short_words("{}{}", stuck.at_least ? "≥" : "", duration_text(*stuck.age_ns).view())
                              : short_words("-");
    sheet.put_right(age.view(), kAgeCells);
    sheet.go_to(sheet.column() + 2);
}

void put_more(WaybarSheet& sheet, std::size_t all, std::size_t shown, std::string_view what) {
    if (all > shown) {
        sheet.put_dim(short_words("and {} more {}", all - shown, what).view());
        sheet.end_line();
    }
}

void put_stuck(WaybarSheet& sheet, const Report& report, const TopLists& top, ThreadIndex& threads,
               fmt::memory_buffer& phrase) {
    for (const StuckThread& stuck : top.stuck()) {
        put_stuck_head(sheet, stuck);
        const std::size_t room = kWaybarTooltipCells - std::min(sheet.column(), kWaybarTooltipCells);
        phrase.clear();
        put_wait_within(phrase, *stuck.row->now, threads, room);
        sheet.put(cut_to_cells({phrase.data(), phrase.size()}, room));
        sheet.end_line();
    }
    put_more(sheet, top.stuck_count(), top.stuck().size(), "in D");
    for (const StuckThread& zombie : top.zombies()) {
        put_stuck_head(sheet, zombie);
        const std::uint32_t parent_tgid = zombie.row->now->parent_tgid;
        const auto parent = std::ranges::find(report.processes, parent_tgid, &ProcessRow::tgid);
        const Printable name(parent != report.processes.end() ? comm_of(*parent->leader) : "");
        phrase.clear();
        if (parent_tgid != 0) {
            fmt::format_to(std::back_inserter(phrase), "not reaped by {} {}", parent_tgid, name.view());
        }
        const std::size_t room = kWaybarTooltipCells - std::min(sheet.column(), kWaybarTooltipCells);
        sheet.put_dim(cut_to_cells({phrase.data(), phrase.size()}, room));
        sheet.end_line();
    }
    put_more(sheet, top.zombie_count(), top.zombies().size(), "zombies");
}

void put_losses(WaybarSheet& sheet, const Health& health) {
    const std::array<std::pair<std::uint64_t, std::string_view>, 5> losses{
        {{health.threads_without_slot, "threads without a slot: only in the sums"},
         {health.exit_records_lost, "final records of ended threads dropped"},
         {health.exits_folded, "ended threads only in the sums"},
         {health.torn_reads, "threads skipped: being written"},
         {health.storage_failures, "threads not followed: out of memory"}}};
    for (const auto& [count, what] : losses) {
        if (count != 0) {
            sheet.put(count_text(count).view(), ThreadState::lock_wait);
            sheet.put(" ");
            sheet.put(what);
            sheet.end_line();
        }
    }
}

void put_footer(WaybarSheet& sheet, const Report& report, const WaybarNumbers& numbers, const WaybarStatus& status) {
    put_losses(sheet, report.health);
    if (report.source == Source::procfs) {
        sheet.put("from /proc: fewer states; no probes");
        sheet.end_line();
    }
    sheet.put_dim(status.kernel_threads ? "Kernel included" : "Kernel excluded");
    sheet.put_dim(short_words(" · {} ms · ", status.interval_ms).view());
    sheet.put_dim(count_text(numbers.threads).view());
    sheet.put_dim(" threads");
    if (status.lines_dropped != 0) {
        sheet.put_dim(" · ");
        sheet.put_dim(count_text(status.lines_dropped).view());
        sheet.put_dim(status.lines_dropped == 1 ? " line dropped" : " lines dropped");
    }
    sheet.end_line();
}

}  // namespace

void WaybarTooltip::put(fmt::memory_buffer& out, const Report& report, const WaybarNumbers& numbers,
                        const TopLists& top, const WaybarStatus& status) {
    WaybarSheet sheet(out, settings_.colors);
    threads_.reset(report);
    tsa::put(out, kOpen);
    const std::size_t begin = out.size();
    // An empty line between two parts that are not empty.
    const auto part = [&](bool shown, auto&& put_part) {
        if (!shown) {
            return;
        }
        if (out.size() > begin) {
            sheet.end_line();
        }
        put_part();
    };
    const bool users =
        settings_.shows(WaybarPart::cpu) || settings_.shows(WaybarPart::memory) || settings_.shows(WaybarPart::io);
    part(settings_.shows(WaybarPart::summary), [&] { put_waybar_summary(sheet, report, numbers); });
    part(settings_.shows(WaybarPart::states), [&] { put_states(sheet, numbers); });
    part(users, [&] { put_users(sheet, settings_, report, top); });
    part(settings_.shows(WaybarPart::network) || settings_.shows(WaybarPart::gpu),
         [&] { put_devices(sheet, settings_, report, top); });
    part(settings_.shows(WaybarPart::wait), [&] { put_wait_list(sheet, report, top); });
    part(settings_.shows(WaybarPart::stuck) && top.stuck_count() + top.zombie_count() != 0,
         [&] { put_stuck(sheet, report, top, threads_, words_); });
    part(settings_.shows(WaybarPart::footer), [&] { put_footer(sheet, report, numbers, status); });
    if (out.size() > begin) {
        out.resize(out.size() - 1);  // the last newline
    }
    tsa::put(out, kClose);
}

}  // namespace tsa
