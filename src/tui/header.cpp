// The top of the overview: the machine, its CPUs, memory and disks with their pressure, and the line that takes the
// load average apart: how many threads are in which state on average.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "tui/bars.h"
#include "tui/layout.h"
#include "tui/text.h"
#include "tui/view.h"

namespace tsa {
namespace {

constexpr int kValueX = 7;  // wide form: value, bar, details, pressure, rest
constexpr int kBarX = 28;
constexpr int kBarWidth = 26;
constexpr int kDetailX = 55;
constexpr int kPressureX = 91;
constexpr int kRestX = 105;
constexpr double kPressureWarnPct = 10;

// Absent is a dash, and takes the same room.
std::string or_dash(const std::optional<double>& value, auto&& words) {
    return value ? words(*value) : std::string("-");
}

std::string percent(const std::optional<double>& value) {
    return or_dash(value, [](double pct) { return fmt::format("{:.1f} %", pct); });
}

std::string whole(const std::optional<double>& value) {
    return or_dash(value, [](double pct) { return fmt::format("{:.0f}", pct); });
}

std::string rate(const std::optional<double>& value) {
    return or_dash(value, [](double bytes) { return format_rate(bytes); });
}

std::optional<double> cpu_pct(const Report& report) {
    if (report.system.cpu_busy_pct || report.interval_ns == 0 || report.system.cpus == 0) {
        return report.system.cpu_busy_pct;
    }
    return 100.0 * static_cast<double>(report.system.cpu_exec_ns) /
           (static_cast<double>(report.interval_ns) * report.system.cpus);
}

std::string own_cost(const Report& report) {
    if (report.interval_ns == 0) {
        return "own cost -";
    }
    const auto pct = [&](std::uint64_t before, std::uint64_t now) {
        return 100.0 * static_cast<double>(now - std::min(before, now)) / static_cast<double>(report.interval_ns);
    };
    std::string words = fmt::format("own cost {:.2f} % CPU", pct(report.own_before.cpu_ns, report.own_now.cpu_ns));
    if (report.own_before.probe_ns && report.own_now.probe_ns) {
        words += fmt::format(", probes {:.2f} %", pct(*report.own_before.probe_ns, *report.own_now.probe_ns));
    }
    return words;
}

/// Where the data is from, and whether it has all states.
std::string_view source_words(const Report& report) {
    const bool whole = (report.measured & kMeasuredStates) == kMeasuredStates;
    switch (report.source) {
        case Source::bpf:
            return "probes";
        case Source::procfs:
            return "procfs: fewer states";
        case Source::replay:
            return whole ? "replay" : "replay: fewer states";
    }
    return "";
}

std::string pace(const ViewState& state) {
    return state.paused ? std::string("PAUSED") : fmt::format("every {} ms", state.interval_ms);
}

std::string machine_words(const Scene& scene) {
    const SystemRow& system = scene.report.system;
    std::string words = fmt::format("{}  {}", scene.machine.host, scene.machine.kernel);
    if (system.cpus > 0) {
        words += fmt::format("  {} CPU{}", system.cpus, system.cpus == 1 ? "" : "s");
    }
    if (system.now.uptime_s) {
        words += fmt::format("  up {}", format_uptime(*system.now.uptime_s));
    }
    return words;
}

// Left: whose screen this is. Right: how it is measured, and at what cost.
void draw_machine(Frame& frame, const Scene& scene, bool with_cost) {
    const Health& health = scene.report.health;
    std::string right = fmt::format("{}   ", source_words(scene.report));
    std::string cost = with_cost ? fmt::format("   {}", own_cost(scene.report)) : std::string();
    const std::string lost = fmt::format("   lost {}", format_count(health.lost()));
    const std::string every = pace(scene.state);
    const int width = text_width(right, true) + static_cast<int>(every.size() + cost.size() + lost.size());
    int x = std::max(frame.width() - width - 1, 0);
    frame.put(1, 0, machine_words(scene), Role::strong, x - 2);
    x = frame.put(x, 0, right, Role::dim);
    x = frame.put(x, 0, every, scene.state.paused ? Role::warn : Role::dim);
    x = frame.put(x, 0, cost, Role::dim);
    frame.put(x, 0, lost, health.lost() > 0 ? Role::bad : Role::dim);
}

// Where the losses are, in words with their remedy.
void draw_lost(Frame& frame, const Health& health, int y) {
    std::string words = "LOST";
    const auto add = [&](std::uint64_t count, std::string_view what) {
        if (count > 0) {
            words += fmt::format("{} {} {}", words == "LOST" ? ":" : ",", format_count(count), what);
        }
    };
    add(health.threads_without_slot, "threads have no row (--max-threads gives more)");
    add(health.exit_records_lost, "final records of ended threads");
    add(health.exits_folded, "ended threads only in the sums");
    add(health.torn_reads, "threads skipped, busy while read");
    add(health.storage_failures, "threads the kernel had no memory for");
    frame.put(1, y, words, Role::bad);
}

void draw_pressure(Frame& frame, int x, int y, const std::optional<double>& pct) {
    frame.put(x, y, "PSI", Role::dim);
    frame.put_right(x + 12, y, 8, percent(pct), pct && *pct >= kPressureWarnPct ? Role::warn : Role::text);
}

void draw_cpu(Frame& frame, const Scene& scene, int y) {
    const SystemRow& system = scene.report.system;
    const Glyphs& set = glyphs(scene.unicode);
    frame.put(1, y, "CPU", Role::strong);
    frame.put(kValueX, y, percent(cpu_pct(scene.report)));
    const std::array<BarPart, 4> parts{{
        {system.user_pct.value_or(0), set.state[index(ThreadState::exec)], Role::state_exec},
        {system.system_pct.value_or(0), scene.unicode ? "▓" : "+", Role::state_exec},
        {system.irq_pct.value_or(0), scene.unicode ? "▪" : "q", Role::state_uninterruptible},
        {system.steal_pct.value_or(0), set.state[index(ThreadState::cpu_wait)], Role::state_cpu_wait},
    }};
    if (system.user_pct) {
        draw_bar(frame, kBarX, y, kBarWidth, parts, 100, set);
    } else if (const auto pct = cpu_pct(scene.report)) {
        const std::array<BarPart, 1> exec{{{*pct, set.state[0], Role::state_exec}}};
        draw_bar(frame, kBarX, y, kBarWidth, exec, 100, set);
    }
    frame.put(kDetailX, y,
              fmt::format("user {:<3} sys {:<3} irq {:<3} steal {:<3}", whole(system.user_pct),
                          whole(system.system_pct), whole(system.irq_pct), whole(system.steal_pct)));
    draw_pressure(frame, kPressureX, y, system.stall_cpu_pct);
    if (const auto& load = system.now.load) {
        frame.put(kRestX, y, fmt::format("load {:.1f} {:.1f} {:.1f}", (*load)[0], (*load)[1], (*load)[2]));
    }
}

std::optional<double> memory_used(const SystemSample& now) {
    if (!now.memory_total_bytes || !now.memory_available_bytes) {
        return std::nullopt;
    }
    return static_cast<double>(*now.memory_total_bytes -
                               std::min(*now.memory_available_bytes, *now.memory_total_bytes));
}

void draw_memory(Frame& frame, const Scene& scene, int y) {
    const SystemRow& system = scene.report.system;
    const SystemSample& now = system.now;
    frame.put(1, y, "MEM", Role::strong);
    if (const auto used = memory_used(now)) {
        const auto total = static_cast<double>(*now.memory_total_bytes);
        const Glyphs& set = glyphs(scene.unicode);
        frame.put(kValueX, y, fmt::format("{} of {}", format_bytes(*used), format_bytes(total)));
        const std::array<BarPart, 1> parts{{{*used, set.state[0], Role::dim}}};
        draw_bar(frame, kBarX, y, kBarWidth, parts, total, set);
    } else {
        frame.put(kValueX, y, "-", Role::dim);
    }
    std::string swap = "swap -";
    if (now.swap_total_bytes && *now.swap_total_bytes == 0) {
        swap = "swap none";
    } else if (now.swap_total_bytes && now.swap_free_bytes) {
        const std::uint64_t used = *now.swap_total_bytes - std::min(*now.swap_free_bytes, *now.swap_total_bytes);
        swap =
            fmt::format("swap {}/{} in {} out {}", format_bytes_short(used), format_bytes_short(*now.swap_total_bytes),
                        rate(system.swap_in_bytes_per_s), rate(system.swap_out_bytes_per_s));
    }
    const bool swapping = system.swap_in_bytes_per_s.value_or(0) + system.swap_out_bytes_per_s.value_or(0) > 0;
    frame.put(kDetailX, y, swap, swapping ? Role::state_swap_wait : Role::text, kPressureX - kDetailX - 1);
    draw_pressure(frame, kPressureX, y, system.stall_memory_pct);
}

void draw_io(Frame& frame, const Scene& scene, int y) {
    const SystemRow& system = scene.report.system;
    frame.put(1, y, "I/O", Role::strong);
    frame.put(kValueX, y,
              fmt::format("read {:<10}  write {:<10}", rate(system.disk_read_bytes_per_s),
                          rate(system.disk_write_bytes_per_s)));
    draw_pressure(frame, kPressureX, y, system.stall_io_pct);
}

// "6.1", "1,259": a number of threads in few cells; "12", "3k" where there are three.
std::string threads_words(double threads, bool short_form = false) {
    if (threads <= 0) {
        return "0";
    }
    if (threads < (short_form ? 9.95 : 99.95)) {
        return fmt::format("{:.1f}", threads);
    }
    if (short_form && threads >= 999.5) {
        return fmt::format("{:.0f}k", threads / 1000);
    }
    return format_count(static_cast<std::uint64_t>(std::lround(threads)));
}

bool measured(const Report& report, ThreadState state) {
    return (report.measured & measured_bit(state)) != 0;
}

std::string_view short_label(const Report& report, ThreadState state) {
    // A source that cannot tell why a thread is off the CPU counts all of that as sleep.
    if (state == ThreadState::sleep && !measured(report, ThreadState::idle)) {
        return "off CPU";
    }
    switch (state) {
        case ThreadState::io_wait:
            return "io";
        case ThreadState::swap_wait:
            return "swap";
        case ThreadState::mem_wait:
            return "mem";
        case ThreadState::lock_wait:
            return "lock";
        default:
            return info(state).label;
    }
}

void draw_averages(Frame& frame, const Scene& scene, int y, std::string_view words) {
    const Report& report = scene.report;
    double all = 0;
    for (const StateInfo& state : state_table()) {
        all += report.threads_in(state.state);
    }
    int x = frame.put(1, y, fmt::format("{} {}", format_count(static_cast<std::uint64_t>(std::lround(all))), words),
                      Role::strong) +
            2;
    const bool roomy = frame.width() >= 110;
    for (const StateInfo& state : state_table()) {
        const double threads = report.threads_in(state.state);
        const bool rare = state.state == ThreadState::stopped || state.state == ThreadState::zombie;
        const std::string_view label =
            roomy || state.state != ThreadState::cpu_wait ? short_label(report, state.state) : "cpu";
        // Most threads are idle; or, to a source that knows no idle, asleep.
        const bool most = state.state == ThreadState::idle ||
                          (state.state == ThreadState::sleep && !measured(report, ThreadState::idle));
        const int value_width = most ? 6 : (roomy ? 4 : 3);
        const int needed = text_width(label, true) + 1 + value_width;
        if (!measured(report, state.state) || (rare && threads <= 0) || x + needed > frame.width()) {
            continue;
        }
        const int value_x = frame.put(x, y, label, Role::dim) + 1;
        frame.put(value_x, y, threads_words(threads, !roomy && !most), threads > 0 ? role_of(state.state) : Role::dim);
        x += needed + (roomy ? 2 : 1);
    }
}

// What is on a CPU or lost to a wait, as one bar; idle and sleeping threads would drown it.
void draw_average_bar(Frame& frame, const Scene& scene, int y) {
    const Glyphs& set = glyphs(scene.unicode);
    PerState<double> active{};
    double total = 0;
    for (const StateInfo& state : state_table()) {
        if (state.latency || state.state == ThreadState::exec) {
            active[index(state.state)] = scene.report.threads_in(state.state);
            total += active[index(state.state)];
        }
    }
    frame.put(1, y, fmt::format("{:>5} of them run or are held up", threads_words(total)), Role::dim);
    draw_bar(frame, 36, y, std::min(frame.width() - 37, 120), state_parts(active, set), total, set);
}

void draw_wide(Frame& frame, const Scene& scene, const Layout& layout) {
    draw_machine(frame, scene, true);
    draw_cpu(frame, scene, 1);
    draw_memory(frame, scene, 2);
    draw_io(frame, scene, 3);
    draw_averages(frame, scene, 4, "THREADS ARE ON AVERAGE IN");
    if (layout.header_bar) {
        draw_average_bar(frame, scene, 5);
    }
}

void draw_medium(Frame& frame, const Scene& scene) {
    const SystemRow& system = scene.report.system;
    draw_machine(frame, scene, frame.width() >= 96);
    const auto used = memory_used(system.now);
    const std::optional<double> used_pct =
        used ? std::optional(100.0 * *used /
                             static_cast<double>(std::max<std::uint64_t>(*system.now.memory_total_bytes, 1)))
             : std::nullopt;
    int x = frame.put(1, 1, "CPU", Role::strong) + 1;
    frame.put(x, 1, percent(cpu_pct(scene.report)));
    x = frame.put(x + 9, 1, "MEM", Role::strong) + 1;
    frame.put(x, 1, percent(used_pct));
    x = frame.put(x + 9, 1, "I/O", Role::strong) + 1;
    frame.put(x, 1, fmt::format("r {} w {}", rate(system.disk_read_bytes_per_s), rate(system.disk_write_bytes_per_s)));
    if (frame.width() >= 76) {
        frame.put(x + 23, 1, "PSI", Role::dim);
        frame.put(x + 27, 1,
                  fmt::format("cpu {} mem {} io {} %", whole(system.stall_cpu_pct), whole(system.stall_memory_pct),
                              whole(system.stall_io_pct)));
    }
    draw_averages(frame, scene, 2, "THREADS:");
}

void draw_tiny(Frame& frame, const Scene& scene, int rows) {
    const std::uint64_t lost = scene.report.health.lost();
    int x = frame.put(0, 0, "CPU", Role::strong) + 1;
    frame.put(x, 0, percent(cpu_pct(scene.report)));
    x = frame.put(x + 8, 0, pace(scene.state), scene.state.paused ? Role::warn : Role::dim) + 1;
    if (!scene.state.filter.empty()) {
        x = frame.put(x, 0, fmt::format("/{}", scene.state.filter), Role::prompt, 12) + 1;
    }
    if (lost > 0) {
        frame.put(x, 0, fmt::format("LOST {}", lost), Role::bad);
    }
    if (rows > 1) {
        draw_averages(frame, scene, 1, "IN");
    }
}

}  // namespace

void draw_header(Frame& frame, const Scene& scene) {
    const Layout layout = layout_of(scene.report, frame.width(), frame.height());
    switch (layout.header) {
        case HeaderForm::wide:
            draw_wide(frame, scene, layout);
            break;
        case HeaderForm::medium:
            draw_medium(frame, scene);
            break;
        case HeaderForm::tiny:
            if (layout.header_rows > 0) {
                draw_tiny(frame, scene, layout.header_rows);
            }
            return;
    }
    if (layout.lost_line) {
        draw_lost(frame, scene.report.health, layout.header_rows - 1);
    }
}

}  // namespace tsa
