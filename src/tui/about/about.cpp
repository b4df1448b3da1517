// SPDX-License-Identifier: MIT
// See about.h. Drawn from the same data as the other screens: the report, its health counters and its own cost.
#include "tui/about/about.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/concat.h"
#include "model/system_columns.h"
#include "text/units.h"
#include "tui/common_keys.h"
#include "tui/facts.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {
namespace {

constexpr int kLabelWidth = 12;
constexpr int kTextWidth = 100;  // longer lines are hard to read

struct Line {
    std::string label, text;
    Role role = Role::text;
};

std::string machine_text(const Scene& scene) {
    std::string text = scene.machine.host;
    if (!scene.machine.kernel.empty()) {
        text += ", " + scene.machine.kernel;
    }
    if (const std::uint32_t cpus = scene.report.system.cpus; cpus > 0) {
        text += fmt::format(", {} CPU{}", cpus, cpus == 1 ? "" : "s");
    }
    return scene.machine.container ? text +
                                         "; seen from a container (PID namespace): only its threads, with their IDs "
                                         "in it; CPU, memory and I/O of all of the machine"
                                   : text;
}

std::string source_text(const Scene& scene) {
    const std::optional<ReplayState>& replay = scene.state.replay;
    const bool from_procfs = source_of(scene) == Source::procfs;
    std::string text = from_procfs ? "/proc, read once an interval: time on a CPU and waiting for one are the "
                                     "scheduler's own counts; other waits are not distinguished"
                                   : "probes in the scheduler (BPF): every switch and wakeup of every thread is "
                                     "counted when it happens";
    return replay ? fmt::format("a recording by rstat-tsa {} from {}", replay->version, text) : text;
}

/// Absent: not measured yet.
std::optional<std::uint64_t> begin_ns(const Scene& scene) {
    if (scene.state.replay) {
        const TimeSlice& first = scene.state.replay->timeline->front();
        return first.now_ns - std::min(first.interval_ns, first.now_ns);
    }
    // Threads that existed at the start are as old as the measurement.
    const auto oldest =
        std::ranges::min_element(scene.report.threads, {}, [](const ThreadRow& row) { return row.now->first_seen_ns; });
    return oldest != scene.report.threads.end() ? std::optional(oldest->now->first_seen_ns) : std::nullopt;
}

std::string since_text(const Scene& scene) {
    const std::optional<std::uint64_t> begin = begin_ns(scene);
    if (!begin || *begin > scene.report.now_ns) {
        return "nothing measured yet";
    }
    return fmt::format("{}, {} ago", clock_words(scene.machine, unix_of(scene.report, *begin), false),
                       duration_text(scene.report.now_ns - *begin).view());
}

std::string interval_text(const Scene& scene) {
    std::string text = fmt::format("every {} ms", scene.state.interval_ms);
    if (scene.report.interval_ns > 0) {
        text += fmt::format("; the one shown took {}", duration_text(scene.report.interval_ns).view());
    }
    text += scene.state.paused ? "; paused" : "";
    return text + (scene.state.recording ? "; recorded to files" : "");
}

std::string threads_text(const Report& report) {
    std::string text = fmt::format("{} alive, {} ended in this interval", count_text(report.threads.size()).view(),
                                   count_text(report.exited.size() + report.unlisted_exits).view());
    if (report.unlisted_exits > 0) {
        text += fmt::format(", {} of them in the sums only", count_text(report.unlisted_exits).view());
    }
    return text;
}

std::string accounting_text(const ViewState& state) {
    switch (state.accounting) {
        case Accounting::on:
            return "on, for threads that were created since";
        case Accounting::off:
            return state.accounting_needs_boot ? "off since boot: this kernel cannot switch it on" : "off";
        case Accounting::not_compiled:
            return "not built into this kernel (CONFIG_TASK_DELAY_ACCT)";
        case Accounting::unknown:
            break;
    }
    return "not queried yet; the page of a thread queries it";
}

std::string share_of(std::uint64_t before, std::uint64_t now, std::uint64_t interval_ns) {
    return fmt::format("{:.2f} %",
                       100.0 * static_cast<double>(now - std::min(before, now)) / static_cast<double>(interval_ns));
}

std::string cost_text(const Report& report, bool is_live) {
    if (report.interval_ns == 0) {
        return "-";
    }
    const OwnCost &before = report.own_before, &now = report.own_now;
    std::string text = fmt::format("{} of a CPU", share_of(before.cpu_ns, now.cpu_ns, report.interval_ns));
    if (before.probe_ns && now.probe_ns) {
        return fmt::format("{}, and the probes {}", text,
                           share_of(*before.probe_ns, *now.probe_ns, report.interval_ns));
    }
    text += ", without the probes";
    return is_live ? text + ": sysctl kernel.bpf_stats_enabled=1 times them" : text;
}

/// Each counter that is not 0, with the meaning that its column of system.csv has.
void add_health(std::vector<Line>& out, const Report& report) {
    Report only_health;
    only_health.health = report.health;
    fmt::memory_buffer scratch;
    for (const SystemColumn& column : system_columns()) {
        const SystemValue value = column.get(only_health, scratch);
        if (value.kind == SystemValue::Kind::integer && value.integer != 0) {
            std::string text = fmt::format("{} {}", count_text(value.integer).view(), column.help);
            std::erase(text, '`');  // marks input in the documents
            out.push_back({"", std::move(text), Role::warn});
        }
    }
}

std::vector<Line> lines_of(const Scene& scene) {
    const bool is_live = layer_of(scene.state) == nullptr;
    std::vector<Line> out{
        {"machine", machine_text(scene)},   {"source", source_text(scene)},          {"since", since_text(scene)},
        {"interval", interval_text(scene)}, {"threads", threads_text(scene.report)},
    };
    if (is_live) {
        out.push_back({"taskstats", "delay accounting: " + accounting_text(scene.state)});
    }
    out.push_back({is_live ? "own cost" : "cost", cost_text(scene.report, is_live)});
    const std::size_t before = out.size();
    add_health(out, scene.report);
    if (out.size() == before) {
        out.push_back({"", "nothing was dropped, skipped or repaired", Role::good});
    }
    out[before].label = "health";
    return out;
}

/// Each line takes as many rows as it needs.
std::vector<Line> wrapped(const Scene& scene, int width) {
    std::vector<Line> out;
    const int cells = std::clamp(width - kLabelWidth - 2, 10, kTextWidth);
    for (const Line& line : lines_of(scene)) {
        std::string label = line.label;
        for (std::string& text : wrap_words(line.text, cells, scene.unicode)) {
            out.push_back({std::exchange(label, ""), std::move(text), line.role});
        }
    }
    return out;
}

int rows_for_lines(const Scene& scene, int width, int height) {
    return std::max(height - 1 - (has_bar(height) ? 1 : 0) - layer_rows(scene.state, width, height), 0);
}

void draw(Frame& frame, const Scene& scene) {
    frame.put(1, 0, "ABOUT THIS MEASUREMENT", Role::strong);
    const std::vector<Line> lines = wrapped(scene, frame.width());
    const auto rows = static_cast<std::size_t>(rows_for_lines(scene, frame.width(), frame.height()));
    const std::size_t first = Scrolling{scene.state.about.lines.first, lines.size(), rows}.top();
    for (std::size_t row = 0; row < rows && first + row < lines.size(); ++row) {
        const Line& line = lines[first + row];
        frame.put(1, static_cast<int>(row) + 1, line.label, Role::dim, kLabelWidth - 1);
        frame.put(1 + kLabelWidth, static_cast<int>(row) + 1, line.text, line.role);
    }
}

void note(ViewState& state, const Scene& scene, int width, int height) {
    state.about.lines.lines = wrapped(scene, width).size();
    state.about.lines.rows = static_cast<std::size_t>(rows_for_lines(scene, width, height));
}

void move(KeyPress& press, CursorMove move) {
    press.state.about.lines.move(move);
}

void open(KeyPress& press) {
    press.state.about = {};
    open_page(press.state, kAboutPage);
}

void close(KeyPress& press) {
    close_page(press.state);
}

constexpr KeyBinding kOpener{
    {letter(U'd')}, open, "Pages", "about this measurement: source, dropped data, own cost", "About"};

constexpr std::array kOwnKeys = std::to_array<KeyBinding>({
    {{special(Key::escape), special(Key::backspace), control(U'O'), letter(U'd')}, close, "Pages", "", "Back"},
});

constexpr auto kKeys = concat(kOwnKeys, move_keys<move>(), std::array{kHelpKey}, kPaceKeys, kProgramKeys);

constexpr std::array kBar = std::to_array<KeyEvent>({
    special(Key::escape),
    letter(U'z'),
    letter(U'['),
    letter(U']'),
    letter(U'A'),
    special(Key::f1),
    special(Key::f10),
});

}  // namespace

constinit const Page kAboutPage{
    .name = "about",
    .keys = kKeys,
    .bar = kBar,
    .opened_by = &kOpener,
    .draw = draw,
    .note = note,
};

}  // namespace tsa
