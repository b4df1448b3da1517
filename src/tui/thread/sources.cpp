// SPDX-License-Identifier: MIT
// The drill-down's two sources: one bar of all states as the probes measured them in the last seconds, its shares, and
// the kernel's own delay accounting in a line. If the two disagree: a table with the difference and its reason, and the
// states that only one of them has below it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "tui/bars.h"
#include "tui/facts.h"
#include "tui/overview/header_fields.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {
namespace {

constexpr std::array<ThreadState, kPairCount> kPairStates{ThreadState::exec, ThreadState::cpu_wait,
                                                          ThreadState::io_wait, ThreadState::swap_wait};

/// What the shares refer to: the comparison's window, or the newest interval if there is no comparison.
struct Mix {
    std::uint64_t window_ns = 0;  ///< its name
    double all_ns = 0;            ///< what the states add up to
    PerState<double> ns{};
    PerPart<double> part_ns{};
    bool compared = false;
};

Mix mix_of(const Scene& scene, const WatchedThread& watched) {
    Mix mix;
    mix.compared = scene.detail != nullptr && scene.detail->window_ns > 0;
    mix.window_ns = mix.compared ? scene.detail->window_ns : watched.wall_ns;
    const std::uint64_t from_ns = watched.now_ns - std::min(mix.window_ns, watched.now_ns);
    if (!mix.compared || mix.window_ns == watched.wall_ns) {
        for (std::size_t at = 0; at < kStateCount; ++at) {
            mix.ns[at] = static_cast<double>(watched.state_ns[at]);
        }
        for (const PartInfo& entry : kParts) {
            mix.part_ns[entry.part] = static_cast<double>(watched.part_ns[entry.part]);
        }
    } else {
        mix.ns = watched.between(from_ns, watched.now_ns);
        for (const PartInfo& entry : kParts) {
            mix.part_ns[entry.part] = watched.part_between(entry.part, from_ns, watched.now_ns);
        }
    }
    for (const double ns : mix.ns) {
        mix.all_ns += ns;
    }
    return mix;
}

/// Right edges of the table's columns.
struct Columns {
    int probes, bar, bar_width, taskstats, difference, verdict, beside;
};

Columns columns_of(int width) {
    if (width >= kWideWidth) {
        return {23, 25, 22, 58, 70, 73, width >= kBesideWidth ? 106 : width};
    }
    if (width >= kRoomyWidth) {
        return {21, 23, 16, 50, 62, 65, width};
    }
    if (width >= kFullWidth) {
        return {19, 21, 9, 41, 49, 52, width};
    }
    return {19, width, 0, 29, 37, 40, width};
}

void put_bar(Frame& frame, const Glyphs& set, int x, int y, int width, ThreadState state, double part, double whole) {
    const std::string_view glyph = set.state[index(state)] == " " ? "." : set.state[index(state)];
    const std::array<BarPart, 1> parts{{{part, glyph, role_of(state)}}};
    const int cells = share_cells(parts, whole, width).front();
    for (int cell = 0; cell < cells; ++cell) {
        frame.put(x + cell, y, glyph, role_of(state), 1);
    }
}

Role role_of_verdict(Verdict verdict) {
    switch (verdict) {
        case Verdict::agree:
            return Role::good;
        case Verdict::explained:
            return Role::dim;
        case Verdict::disagree:
            return Role::bad;
    }
    return Role::text;
}

std::string difference_words(const Comparison& comparison, double window_ns) {
    const double points = 100.0 * static_cast<double>(comparison.difference_ns) / window_ns;
    return std::abs(points) < 0.05 ? std::string("0.0") : fmt::format("{:+.1f}", points);
}

std::string preempted_words(const Scene& scene, const WatchedThread& watched, const Mix& mix) {
    const Glyphs& set = glyphs(scene.unicode);
    const double preempted_ns = mix.part_ns[Part::preempted];
    const double throttled_ns = mix.part_ns[Part::throttled];
    const double woken_ns = std::max(mix.ns[index(ThreadState::cpu_wait)] - preempted_ns - throttled_ns, 0.0);
    const bool measured = (watched.last.measured & kMeasuredPreempted) != 0;
    std::optional<std::uint64_t> worst_ns;
    if (scene.detail != nullptr && scene.detail->waits.unavailable.empty()) {
        for (const WaitTotals& waits : scene.detail->waits.kinds) {
            if (waits.kind.state == ThreadState::cpu_wait) {
                worst_ns = std::max(worst_ns.value_or(0), waits.max_ns);
            }
        }
    }
    // Few threads have a quota, and the line has no room for a fourth value: it takes the place of the longest wait.
    const std::string last = throttled_ns > 0
                                 ? fmt::format("throttled {:>6}", share_words(throttled_ns, mix.all_ns, set))
                                 : fmt::format("worst {:>6}", worst_ns ? format_duration(*worst_ns) : "-");
    return fmt::format("woken {:>7}  preempted {:>7}  {}", measured ? share_words(woken_ns, mix.all_ns, set) : "-",
                       measured ? share_words(preempted_ns, mix.all_ns, set) : "-", last);
}

struct PairPainter {
    Frame& frame;
    const Scene& scene;
    const WatchedThread& watched;
    const Glyphs& set;
    const Columns& columns;
    const Mix& mix;

    void row(std::size_t pair, int y) const;
    void taskstats(std::size_t pair, int y) const;
};

void PairPainter::row(std::size_t pair, int y) const {
    const ThreadState state = kPairStates[pair];
    std::optional<double> part;
    double whole = mix.all_ns;
    if (mix.compared) {
        const Comparison& comparison = scene.detail->comparisons[pair];
        if (comparison.probes_ns) {
            part = static_cast<double>(*comparison.probes_ns);
        }
        whole = static_cast<double>(mix.window_ns);
    } else if ((watched.last.measured & measured_bit(state)) != 0) {
        part = mix.ns[index(state)];
    }
    frame.put(1, y, info(state).label, part.value_or(0) > 0 ? role_of(state) : Role::dim);
    const bool some = part.value_or(0) > 0;
    frame.put_right(columns.probes, y, 8, part ? share_words(*part, whole, set) : "-", some ? Role::text : Role::dim);
    put_bar(frame, set, columns.bar, y, columns.bar_width, state, part.value_or(0), whole);
    taskstats(pair, y);
}

void PairPainter::taskstats(std::size_t pair, int y) const {
    const bool known = scene.detail != nullptr && scene.detail->stats_unavailable.empty();
    const Comparison none;
    const Comparison& comparison = known && mix.compared ? scene.detail->comparisons[pair] : none;
    const auto window_ns = static_cast<double>(mix.window_ns);
    const double part = static_cast<double>(comparison.taskstats_ns.value_or(0));
    frame.put_right(columns.taskstats, y, 8, comparison.taskstats_ns ? share_words(part, window_ns, set) : "-",
                    part > 0 ? Role::text : Role::dim);
    const Role role = role_of_verdict(comparison.verdict);
    if (comparison.taskstats_ns && comparison.probes_ns) {
        frame.put_right(columns.difference, y, 7, difference_words(comparison, window_ns),
                        comparison.verdict == Verdict::disagree ? role : Role::text);
    }
    if (!known || !mix.compared) {
        return;
    }
    const int room = columns.beside - columns.verdict - 1;
    const bool has_reason = comparison.reason != Reason::none || comparison.taskstats_ns.has_value();
    frame.put(columns.verdict, y, has_reason ? verdict_words(comparison) : scene.detail->absences[pair], role, room);
}

void draw_other_rows(Frame& frame, const WatchedThread& watched, const Mix& mix, const std::vector<ThreadState>& states,
                     const Glyphs& set, int y, int rows) {
    const Columns columns = columns_of(frame.width());
    for (const ThreadState state : states) {
        if (rows-- <= 0) {
            return;
        }
        const double part = mix.ns[index(state)];
        frame.put(1, y, label_of(watched.last, state), part > 0 ? role_of(state) : Role::dim);
        frame.put_right(columns.probes, y, 8, share_words(part, mix.all_ns, set), part > 0 ? Role::text : Role::dim);
        put_bar(frame, set, columns.bar, y, columns.bar_width, state, part, mix.all_ns);
        ++y;
    }
}

void draw_other_line(Frame& frame, const WatchedThread& watched, const Mix& mix, const std::vector<ThreadState>& states,
                     const Glyphs& set, int y) {
    int x = 1;
    for (const ThreadState state : states) {
        const double part = mix.ns[index(state)];
        const int value_width = 7;
        const int needed = text_width(label_of(watched.last, state), true) + 1 + value_width;
        if (x + needed <= frame.width()) {
            x = frame.put(x, y, label_of(watched.last, state), part > 0 ? role_of(state) : Role::dim) + 1;
            x += value_width;
            frame.put_right(x, y, value_width, share_words(part, mix.all_ns, set), part > 0 ? Role::text : Role::dim);
            x += 2;
        }
    }
}

/// "cpu wait 27.0 % (preempted 10.0)": with the parts of the state that took some time.
std::string mix_words(const Mix& mix, const WatchedThread& watched, ThreadState state, const Glyphs& set) {
    std::string parts;
    for (const PartInfo& part : kParts) {
        if (part.whole == state && mix.part_ns[part.part] > 0) {
            parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", part.label,
                                 format_share(100.0 * mix.part_ns[part.part] / mix.all_ns));
        }
    }
    const std::string words =
        fmt::format("{} {}", label_of(watched.last, state), share_words(mix.ns[index(state)], mix.all_ns, set));
    return parts.empty() ? words : fmt::format("{} ({})", words, parts);
}

void draw_mix(Frame& frame, const Mix& mix, const WatchedThread& watched, bool is_procfs, const Glyphs& set, int y,
              int rows) {
    draw_bar(frame, 1, y, frame.width() - 2, state_parts(mix.ns, mix.part_ns, set), mix.all_ns, set);
    if (rows < 2) {
        return;
    }
    const std::string_view from = is_procfs ? ", from /proc" : "";
    int x = frame.put(1, y + 1, fmt::format("LAST {}{}", format_duration(mix.window_ns), from), Role::dim) + 2;
    for (const StateInfo& state : state_table()) {
        const double part = mix.ns[index(state.state)];
        const bool measured = (watched.last.measured & measured_bit(state.state)) != 0;
        const std::string words = mix_words(mix, watched, state.state, set);
        if (part > 0 && measured && x + text_width(words, true) <= frame.width()) {
            x = frame.put(x, y + 1, words, role_of(state.state)) + 2;
        }
    }
}

/// "TASKSTATS  exec 27.1 %  cpu wait 31.2 %  agrees": what the second source has on the same time.
void draw_taskstats_line(Frame& frame, const Scene& scene, const Mix& mix, const Glyphs& set, int y) {
    int x = frame.put(1, y, "TASKSTATS", Role::strong) + 2;
    if (scene.detail == nullptr || !scene.detail->stats_unavailable.empty() || !mix.compared) {
        const std::string_view why = scene.detail != nullptr ? scene.detail->stats_unavailable : std::string_view{};
        frame.put(x, y, why.empty() ? "nothing to compare yet" : why, Role::dim);
        return;
    }
    std::size_t compared = 0;
    std::string absent;
    bool is_off = true;  // and that is why
    for (std::size_t pair = 0; pair < kPairCount; ++pair) {
        const Comparison& comparison = scene.detail->comparisons[pair];
        const std::string_view label = info(kPairStates[pair]).label;
        if (!comparison.taskstats_ns) {
            absent += fmt::format("{}{}", absent.empty() ? "" : ", ", label);
            is_off = is_off && comparison.reason == Reason::accounting_off;
            continue;
        }
        compared += comparison.probes_ns ? 1 : 0;
        const std::string words =
            share_words(static_cast<double>(*comparison.taskstats_ns), static_cast<double>(mix.window_ns), set);
        x = frame.put(x, y, fmt::format("{} {}", label, words)) + 2;
    }
    if (compared > 0) {
        x = frame.put(x, y, "agrees", Role::good) + 2;
    }
    if (!absent.empty()) {
        frame.put(x, y, absent + (is_off ? ": accounting off (key A)" : " not measured (key v)"), Role::dim);
    }
}

void draw_head(Frame& frame, const Scene& scene, const Mix& mix, const Columns& columns, int y) {
    frame.fill(0, y, frame.width(), 1, U' ', Role::head);
    frame.put(1, y, fmt::format("LAST {}", format_duration(mix.window_ns)), Role::head);
    const bool is_probes = source_of(scene) != Source::procfs;
    frame.put_right(columns.probes, y, 8, is_probes ? "PROBES" : "PROCFS", Role::head);
    frame.put_right(columns.taskstats, y, 9, "TASKSTATS", Role::head);
    frame.put_right(columns.difference, y, 7, "DIFF", Role::head);
}

}  // namespace

std::vector<ThreadState> other_states(const WatchedThread& watched) {
    std::vector<ThreadState> out;
    for (const StateInfo& state : state_table()) {
        const bool compared = std::ranges::find(kPairStates, state.state) != kPairStates.end();
        const bool measured = (watched.last.measured & measured_bit(state.state)) != 0;
        // A state that was seen once keeps its row: a table that grows and shrinks is hard to read.
        if (!compared && measured && state_total_ns(watched.last, state.state, watched.until_ns) > 0) {
            out.push_back(state.state);
        }
    }
    return out;
}

namespace {

void draw_unavailable(Frame& frame, const Scene& scene, const Columns& columns, int y) {
    const int room = columns.beside - columns.taskstats - 3;
    const int end = y + static_cast<int>(kPairCount);
    for (const std::string& line : wrap_words(scene.detail->stats_unavailable, room, scene.unicode)) {
        if (y < end) {
            frame.put(columns.taskstats + 2, y++, line, Role::dim, room);
        }
    }
}

/// The head and the pairs; returns the line after them.
int draw_pairs(Frame& frame, const Scene& scene, const WatchedThread& watched, const Mix& mix, bool preempted_row,
               int y) {
    const Glyphs& set = glyphs(scene.unicode);
    const Columns columns = columns_of(frame.width());
    draw_head(frame, scene, mix, columns, y++);
    if (scene.detail != nullptr && !scene.detail->stats_unavailable.empty()) {
        draw_unavailable(frame, scene, columns, y);
    }
    const PairPainter painter{frame, scene, watched, set, columns, mix};
    for (std::size_t pair = 0; pair < kPairCount; ++pair) {
        painter.row(pair, y);
        if (kPairStates[pair] == ThreadState::cpu_wait) {
            const std::string words = preempted_words(scene, watched, mix);
            if (preempted_row) {
                frame.put(3, ++y, words, Role::dim);
            } else if (frame.width() >= kBesideWidth) {
                frame.put(columns.beside, y, words, Role::dim);
            }
        }
        ++y;
    }
    return y;
}

/// All states as one bar, taskstats and the machine in a line each.
void draw_lines(Frame& frame, const Scene& scene, const WatchedThread& watched, const Mix& mix, int y, int rows) {
    const Glyphs& set = glyphs(scene.unicode);
    draw_mix(frame, mix, watched, source_of(scene) == Source::procfs, set, y, rows);
    if (rows > 2) {
        draw_taskstats_line(frame, scene, mix, set, y + 2);
    }
    if (rows > 3) {
        draw_resources(frame, scene, with_report(scene.state.equipment, scene.report), y + 3);
    }
}

}  // namespace

int draw_source_table(Frame& frame, const Scene& scene, const WatchedThread& watched, int y) {
    return draw_pairs(frame, scene, watched, mix_of(scene, watched), false, y) - y;
}

void draw_sources(Frame& frame, const Scene& scene, const WatchedThread& watched, const DetailLayout& layout) {
    if (layout.sources_rows < 1) {
        return;
    }
    const Mix mix = mix_of(scene, watched);
    if (!layout.table) {
        draw_lines(frame, scene, watched, mix, layout.sources_y, layout.sources_rows);
        return;
    }
    const Glyphs& set = glyphs(scene.unicode);
    const int y = draw_pairs(frame, scene, watched, mix, layout.preempted_row, layout.sources_y);
    const std::vector<ThreadState> others = other_states(watched);
    if (layout.state_rows) {
        draw_other_rows(frame, watched, mix, others, set, y, layout.sources_y + layout.sources_rows - y);
    } else if (y < layout.sources_y + layout.sources_rows) {
        draw_other_line(frame, watched, mix, others, set, y);
    }
}

// One sentence per reason, for any number of pairs.
void draw_notes(Frame& frame, const Scene& scene, int y, int rows) {
    if (scene.detail == nullptr || scene.detail->window_ns == 0 || !scene.detail->stats_unavailable.empty()) {
        return;
    }
    std::vector<std::pair<Reason, std::string>> notes;
    for (const Comparison& comparison : scene.detail->comparisons) {
        if (comparison.verdict == Verdict::agree || comparison.reason == Reason::none) {
            continue;
        }
        const std::string_view label = info(kPairStates[static_cast<std::size_t>(comparison.pair)]).label;
        const auto same = std::ranges::find(notes, comparison.reason, [](const auto& note) { return note.first; });
        if (same != notes.end()) {
            same->second += fmt::format(", {}", label);
        } else {
            notes.emplace_back(comparison.reason, label);
        }
    }
    for (const auto& [reason, labels] : notes) {
        const bool helps = reason == Reason::accounting_off;
        const std::string words = fmt::format("{}: {}{}", labels, reason_words(reason), helps ? " (key A)" : "");
        for (const std::string& line : wrap_words(words, frame.width() - 2, scene.unicode)) {
            if (rows-- <= 0) {
                return;
            }
            frame.put(1, y++, line, Role::dim);
        }
    }
}

}  // namespace tsa
