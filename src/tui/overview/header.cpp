// SPDX-License-Identifier: MIT
// The top of the overview: the machine and how it is measured, its resources (header_resources.cpp, header_devices.cpp,
// header_cpus.cpp), and the line that breaks down the load average (header_averages.cpp). Resources that the machine
// does not have take no space.
#include <fmt/format.h>

#include <algorithm>

#include "base/time_units.h"
#include "tui/facts.h"
#include "tui/overview/header_fields.h"
#include "tui/overview/layout.h"
#include "tui/overview/page.h"
#include "tui/replay/time.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr int kWordyWidth = 110;  // from here on the first line uses whole words
constexpr int kCostWidth = 80;

std::string cost_share(std::uint64_t before, std::uint64_t now, std::uint64_t interval_ns) {
    const double pct = 100.0 * static_cast<double>(now - std::min(before, now)) / static_cast<double>(interval_ns);
    return fmt::format("{:.{}f} %", pct, pct < 9.995 ? 2 : 1);
}

// In a replay: the recorder's.
std::string own_cost(const Scene& scene, bool wordy) {
    const Report& report = scene.report;
    const std::string_view label = wordy ? facts_of(scene.state).cost : facts_of(scene.state).short_cost;
    if (report.interval_ns == 0) {
        return fmt::format("{} -", label);
    }
    const std::string cpu = cost_share(report.own_before.cpu_ns, report.own_now.cpu_ns, report.interval_ns);
    if (!wordy) {
        return fmt::format("{} {}", label, cpu);
    }
    std::string words = fmt::format("{} {} CPU", label, cpu);
    if (report.own_before.probe_ns && report.own_now.probe_ns) {
        words += fmt::format(", probes {}",
                             cost_share(*report.own_before.probe_ns, *report.own_now.probe_ns, report.interval_ns));
    }
    return words;
}

/// The source of the data, and whether it has all states.
std::string source_words(const Scene& scene, bool wordy) {
    const std::optional<ReplayState>& replay = scene.state.replay;
    std::string words = source_of(scene) == Source::procfs ? "procfs: fewer states" : "probes";
    if (!replay || !wordy) {
        return words;
    }
    return replay->version.empty() ? fmt::format("recorded from {}", words)
                                   : fmt::format("recorded by {} from {}", replay->version, words);
}

std::string pace(const ViewState& state) {
    const std::string words = state.paused ? std::string("PAUSED") : fmt::format("every {} ms", state.interval_ms);
    const std::string_view rule = state.rule.rule.empty() ? "" : state.rule.capturing ? "RULE HOLDS " : "RULE ";
    return fmt::format("{}{}{}", rule, state.recording ? "REC " : "", words);
}

Role pace_role(const ViewState& state) {
    return state.paused || state.recording || state.rule.capturing ? Role::warn : Role::dim;
}

// The text after the host name: the machine, and its load if there is no other place for it.
std::vector<HeaderField> machine_fields(const Scene& scene, const Equipment& known, HeaderForm form) {
    const SystemRow& system = scene.report.system;
    const auto constant = [](std::string words, int importance) {
        const int width = static_cast<int>(words.size());
        return HeaderField{"", std::move(words), width, importance, Role::strong};
    };
    std::vector<HeaderField> out;
    if (form == HeaderForm::brief) {
        out.push_back({"CPU", percent_words(cpu_pct(scene.report)), 7, 0});
        out.push_back({"MEM", percent_words(memory_used_pct(system)), 7, 1});
    }
    if (scene.machine.container) {
        out.push_back(constant(form == HeaderForm::wide ? "container: only its threads" : "container", 1));
        out.back().role = Role::warn;
    }
    if (scene.state.replay) {
        out.push_back(constant(date_words(scene.report.time_unix_ns, scene.state.replay->utc_offsets), 3));
    }
    out.push_back(constant(scene.machine.kernel, 5));
    if (system.cpus > 0) {
        out.push_back(constant(fmt::format("{} CPU{}", system.cpus, system.cpus == 1 ? "" : "s"), 4));
    }
    if (form != HeaderForm::wide) {
        // Heat and clock need their own sign if there is no room for the word.
        const bool throttled = is_throttled(known, scene.report);
        const Role role = throttled ? Role::bad : Role::text;
        const std::string mark = throttled ? "!" : " ";
        if (known.has("cpu_mhz")) {
            out.push_back({"", gigahertz_words(system.now.cpu_mhz), 7, 3, role});
        }
        if (known.has_any("cpu_temperature_c", "cpu_hottest_c")) {
            out.push_back({"", celsius_words(cpu_temperature(system.now), scene.unicode) + mark, 7, 2, role});
        }
    }
    if (system.now.uptime_s) {
        out.push_back(constant(fmt::format("up {}", duration_text(to_ns(*system.now.uptime_s)).view()), 6));
    }
    return out;
}

// Left: the machine. Right: how it is measured, and at what cost.
void draw_machine(Frame& frame, const Scene& scene, const Equipment& known, HeaderForm form) {
    const Health& health = scene.report.health;
    const bool wordy = frame.width() >= kWordyWidth;
    const std::string_view gap = wordy ? "   " : "  ";
    const std::string right = fmt::format("{}{}", source_words(scene, wordy), gap);
    const std::string cost =
        frame.width() >= kCostWidth ? fmt::format("{}{}", gap, own_cost(scene, wordy)) : std::string();
    const std::string dropped =
        health.lost() > 0 ? fmt::format("{}dropped {}", gap, format_count(health.lost())) : std::string();
    const std::string every = pace(scene.state);
    const int width = text_width(right, true) + static_cast<int>(every.size() + cost.size() + dropped.size());
    int x = std::max(frame.width() - width, 0);
    const int end = x - 1;
    const std::string_view prefix = facts_of(scene.state).host_prefix;
    const int host_x = prefix.empty() ? 1 : frame.put(1, 0, prefix, Role::prompt) + 1;
    const int host_end = frame.put(host_x, 0, scene.machine.host, Role::strong, std::max(end - host_x, 0));
    draw_fields(frame, host_end + 2, 0, end, machine_fields(scene, known, form));
    x = frame.put(x, 0, right, Role::dim);
    x = frame.put(x, 0, every, pace_role(scene.state));
    x = frame.put(x, 0, cost, Role::dim);
    frame.put(x, 0, dropped, Role::bad);
}

// What was dropped, with the remedy.
void draw_dropped(Frame& frame, const Health& health, int y) {
    std::string words = "DROPPED";
    const auto add = [&](std::uint64_t count, std::string_view what) {
        if (count > 0) {
            words += fmt::format("{} {} {}", words == "DROPPED" ? ":" : ",", format_count(count), what);
        }
    };
    add(health.threads_without_slot, "threads have no row (--max-threads gives more)");
    add(health.exit_records_lost, "final records of ended threads");
    add(health.exits_folded, "ended threads only in the sums");
    add(health.torn_reads, "threads skipped, busy while read");
    add(health.storage_failures, "threads the kernel had no memory for");
    frame.put(1, y, words, Role::bad);
}

/// The averages are of all threads, also where the list has only some of them.
std::string_view averages_title(const Scene& scene) {
    if (scene.state.chosen.empty() || scene.state.replay) {
        return "THREADS ARE ON AVERAGE IN";
    }
    return scene.machine.container ? "THREADS OF THE CONTAINER ARE IN" : "THREADS OF THE MACHINE ARE IN";
}

void draw_wide(Frame& frame, const Scene& scene, const Equipment& known, const Layout& layout) {
    HeaderLine line{frame, scene, known, header_columns(known, frame.width()), 1};
    draw_cpu_line(line);
    draw_cpu_meters(frame, scene, known, 2, layout.cpu_rows);
    line.y = 2 + layout.cpu_rows;
    draw_memory_line(line);
    ++line.y;
    draw_io_line(line);
    ++line.y;
    draw_device_lines(line, layout.device_rows);
    line.y += layout.device_rows;
    draw_averages(frame, scene, line.y, averages_title(scene));
    if (layout.header_bar) {
        draw_average_bar(frame, scene, line.y + 1);
    }
}

void draw_tiny(Frame& frame, const Scene& scene, int rows) {
    const std::uint64_t dropped = scene.report.health.lost();
    int x = frame.put(0, 0, "CPU", Role::strong) + 1;
    frame.put(x, 0, percent_words(cpu_pct(scene.report)));
    const std::string every = scene.state.replay ? std::string("replay") : pace(scene.state);
    x = frame.put(x + 8, 0, every, pace_role(scene.state)) + 1;
    if (scene.machine.container) {
        x = frame.put(x, 0, "container", Role::warn) + 1;
    }
    if (!scene.state.chosen.empty()) {
        x = frame.put(x, 0, scene.state.chosen, Role::prompt, 16) + 1;
    }
    if (scene.state.overview.held_up) {
        x = frame.put(x, 0, "blocked", Role::prompt) + 1;
    }
    if (!scene.state.overview.filter.empty()) {
        x = frame.put(x, 0, fmt::format("/{}", scene.state.overview.filter), Role::prompt, 12) + 1;
    }
    if (dropped > 0) {
        frame.put(x, 0, fmt::format("dropped {}", dropped), Role::bad);
    }
    if (rows > 1) {
        draw_averages(frame, scene, 1, "IN");
    }
}

}  // namespace

void draw_header(Frame& frame, const Scene& scene) {
    const Layout layout = layout_of(scene.report, scene.state, frame.width(), frame.height());
    const Equipment known = with_report(scene.state.equipment, scene.report);
    if (layout.header == HeaderForm::tiny) {
        if (layout.header_rows > 0) {
            draw_tiny(frame, scene, layout.header_rows);
        }
        return;
    }
    draw_machine(frame, scene, known, layout.header);
    if (layout.header == HeaderForm::wide) {
        draw_wide(frame, scene, known, layout);
    } else if (layout.header == HeaderForm::medium) {
        draw_resources(frame, scene, known, 1);
        draw_cpu_meters(frame, scene, known, 2, layout.cpu_rows);
        draw_averages(frame, scene, 2 + layout.cpu_rows, "THREADS:");
    } else {
        draw_averages(frame, scene, 1, frame.width() >= kWordyWidth ? averages_title(scene) : "THREADS:");
    }
    if (layout.dropped_line) {
        draw_dropped(frame, scene.report.health, layout.header_rows - 1);
    }
}

}  // namespace tsa
