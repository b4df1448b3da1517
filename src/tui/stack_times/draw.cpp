// SPDX-License-Identifier: MIT
// See draw.h.
#include "tui/stack_times/draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/saturating.h"
#include "base/time_units.h"
#include "tui/page.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {
namespace {

constexpr int kTop = 4;      // identity, what is shown, notes, heads
constexpr int kWide = 110;   // columns from which on all numbers fit
constexpr int kNarrow = 60;  // below, only time and share
constexpr std::size_t kIndent = 2;
constexpr std::size_t kMostIndent = 24;

enum class Field : std::uint8_t { total, share, count, mean, p50, p99, max, at };

struct PlacedField {
    Field field;
    std::string_view head;
    int width;
    int least_width;  // of the screen
};

constexpr std::array kFields = std::to_array<PlacedField>({
    {Field::total, "TOTAL", 8, 0},
    {Field::share, "%", 8, 0},
    {Field::count, "COUNT", 8, kNarrow},
    {Field::mean, "MEAN", 8, kWide},
    {Field::p50, "P50", 8, kWide},
    {Field::p99, "P99", 8, kNarrow},
    {Field::max, "MAX", 8, kNarrow},
    {Field::at, "WORST AT", 10, kWide},
});

/// Of the thread, or of the process; null: nothing is known yet.
const StackTimes* times_on(const Scene& scene) {
    if (screen_of(scene.state).process_by_stack) {
        return scene.process_stacks;
    }
    return scene.detail != nullptr ? &scene.detail->stack_times : nullptr;
}

int fields_width(int width) {
    int sum = 0;
    for (const PlacedField& field : kFields) {
        sum += width >= field.least_width ? field.width : 0;
    }
    return sum;
}

std::string time_words(const std::optional<std::uint64_t>& ns) {
    return ns ? format_duration(*ns) : std::string("-");
}

std::string at_words(const Scene& scene, const StackNode& node, const WaitLengths& waits) {
    if (node.open_is_worst) {
        return "now";
    }
    if (waits.max_at_ns == 0) {
        return "-";  // recorded without
    }
    return clock_words(scene.machine, unix_of(scene.report, waits.max_at_ns), false);
}

std::string field_words(const Scene& scene, const StackNode& node, const WaitLengths& waits, Field field) {
    const bool has_lengths = waits.count > 0 && !node.is_sampled && node.state != ThreadState::exec;
    switch (field) {
        case Field::total:
            return (node.is_sampled ? "~" : "") + format_duration(node.total_ns);
        case Field::share:
            return fmt::format("{:.1f} %", node.share * 100);
        case Field::count:
            return waits.count > 0 ? format_count(waits.count) : "-";
        case Field::mean:
            return has_lengths ? format_duration(waits.total_ns / waits.count) : "-";
        case Field::p50:
            return has_lengths ? time_words(wait_quantile_ns(waits, 0.5)) : "-";
        case Field::p99:
            return has_lengths ? time_words(wait_quantile_ns(waits, 0.99)) : "-";
        case Field::max:
            return has_lengths ? format_duration(waits.max_ns) : "-";
        case Field::at:
            return has_lengths ? at_words(scene, node, waits) : "-";
    }
    return {};
}

std::string row_words(const Scene& scene, const StackNode& node, int cells) {
    return node.kind == StackNode::Kind::functions
               ? functions_in(node, scene.state.stack_times.order, cells, scene.unicode)
               : words_without_functions(node, times_on(scene)->long_wait_ns);
}

void draw_row(Frame& frame, const Scene& scene, const StackRows& rows, const StackRow& row, int y) {
    const StackNode& node = rows.tree.nodes[row.node];
    const WaitLengths waits = rows.tree.lengths(node);
    const bool is_state = node.kind == StackNode::Kind::state;
    const Role role = is_state ? role_of(node.state) : node.kind == StackNode::Kind::functions ? Role::text : Role::dim;
    const int text_end = frame.width() - fields_width(frame.width());
    const int x = 2 + static_cast<int>(std::min(node.depth * kIndent, kMostIndent));
    frame.put(x - 2, y, row.is_folded ? "+" : node.is_open ? glyphs(scene.unicode).open : " ", Role::strong, 1);
    frame.put(x, y, row_words(scene, node, text_end - x), role, text_end - x);
    int end = text_end;
    for (const PlacedField& field : kFields) {
        if (frame.width() >= field.least_width) {
            end += field.width;
            frame.put_right(end, y, field.width, field_words(scene, node, waits, field.field),
                            is_state ? Role::strong : Role::text);
        }
    }
}

void draw_head(Frame& frame, int y) {
    frame.fill(0, y, frame.width(), 1, U' ', Role::head);
    frame.put(2, y, "FUNCTIONS", Role::head);
    int end = frame.width() - fields_width(frame.width());
    for (const PlacedField& field : kFields) {
        if (frame.width() >= field.least_width) {
            end += field.width;
            frame.put_right(end, y, field.width, field.head, Role::head);
        }
    }
}

StackRows rows_of_scene(const Scene& scene) {
    return stack_rows(*times_on(scene), scene.state.stack_times);
}

bool matches(const StackNode& node, std::string_view search) {
    return !search.empty() && std::ranges::any_of(node.functions, [search](const std::string& function) {
        return contains_ignoring_case(function, search);
    });
}

std::string title_words(const Scene& scene, const StackTimes& times) {
    const StackTimesState& state = scene.state.stack_times;
    const std::string_view order =
        state.order == StackOrder::callers_first ? "callers to callees" : "callees to callers";
    return fmt::format("TIME BY STACK  {}{}, {}, {}", scene.state.replay ? "all " : "",
                       format_duration(saturating_sub(times.now_ns, times.since_ns)), order,
                       state.only ? info(*state.only).label : std::string_view("all states"));
}

std::string sample_words(const CpuSamples& cpu) {
    std::uint64_t all = 0;
    for (const auto& [fingerprint, count] : cpu.counts) {
        all += count;
    }
    std::string words = cpu.unavailable.empty() ? fmt::format("EXEC: {} samples at 99 Hz", format_count(all))
                                                : fmt::format("EXEC has no stacks: {}", cpu.unavailable);
    if (cpu.dropped > 0) {
        words += fmt::format(", {} dropped", format_count(cpu.dropped));
    }
    return words;
}

std::string note_words(const StackTimes& times) {
    std::string words = sample_words(times.cpu);
    if (times.uncopied > 0) {
        words = fmt::format("long waits whose stack was not copied: {}; {}", format_count(times.uncopied), words);
    }
    return words;
}

/// Why there are no rows; empty: there are.
std::string missing_words(const Scene& scene) {
    const StackTimes* times = times_on(scene);
    if (times != nullptr && !times->unavailable.empty()) {
        return times->unavailable;
    }
    return times == nullptr || times->since_ns == 0 ? "not counted yet" : "";
}

int rows_on(const Scene& scene, int width, int height) {
    return std::max(height - kTop - (has_bar(height) ? 1 : 0) - layer_rows(scene.state, width, height), 0);
}

/// To the row that was selected, where that is now.
void resolve_cursor(StackTimesState& state) {
    const auto at = std::ranges::find(state.rows, state.selected, &StackRowNote::id);
    if (at != state.rows.end()) {
        state.cursor = static_cast<std::size_t>(at - state.rows.begin());
    }
    state.cursor = std::min(state.cursor, state.rows.empty() ? 0 : state.rows.size() - 1);
}

void find_match(StackTimesState& state) {
    const std::size_t count = state.rows.size();
    for (std::size_t step = state.find_from_here ? 0 : 1; step <= count && count > 0; ++step) {
        const std::size_t at = (state.cursor + step) % count;
        if (state.rows[at].matches) {
            state.cursor = at;
            break;
        }
    }
    state.find_next = state.find_from_here = false;
}

void scroll_to_cursor(StackTimesState& state) {
    const std::size_t shown = std::max<std::size_t>(state.rows_shown, 1);
    const std::size_t most = state.rows.size() > shown ? state.rows.size() - shown : 0;
    state.scroll = std::min(state.scroll, state.cursor);
    state.scroll = std::max(state.scroll, state.cursor + 1 > shown ? state.cursor + 1 - shown : 0);
    state.scroll = std::min(state.scroll, most);
}

/// The first line.
void draw_whose(Frame& frame, const Scene& scene) {
    const std::optional<std::uint32_t>& tgid = scene.state.overview.tgid;
    if (screen_of(scene.state).process_by_stack && tgid) {
        std::string words = fmt::format("PROCESS {}", *tgid);
        if (scene.process != nullptr && scene.process->seen()) {
            const std::uint32_t threads = scene.process->row().threads;
            words +=
                fmt::format(" {}  {} thread{}", comm_of(scene.process->leader()), threads, threads == 1 ? "" : "s");
        }
        draw_pace(frame, scene, frame.put(1, 0, words, Role::strong, frame.width() - 2) + 2);
        return;
    }
    const WatchedThread* watched = scene.history.find(scene.state.thread.key);
    if (watched != nullptr && watched->seen) {
        draw_identity(frame, scene, *watched, 1);
    } else {
        frame.put(1, 0, fmt::format("TID {}", scene.state.thread.key.tid), Role::strong);
    }
}

}  // namespace

void note_stack_times(ViewState& state, const Scene& scene, int width, int height) {
    StackTimesState& own = state.stack_times;
    own.rows.clear();
    own.states.clear();
    own.rows_shown = static_cast<std::size_t>(rows_on(scene, width, height));
    if (!missing_words(scene).empty()) {
        return;
    }
    const StackRows rows = rows_of_scene(scene);
    own.states = rows.states;
    for (const StackRow& row : rows.rows) {
        const StackNode& node = rows.tree.nodes[row.node];
        own.rows.push_back({node.id, row.can_fold, matches(node, own.search)});
    }
    resolve_cursor(own);
    if (own.find_next) {
        find_match(own);
    }
    scroll_to_cursor(own);
    own.selected = own.rows.empty() ? 0 : own.rows[own.cursor].id;
}

void draw_stack_times(Frame& frame, const Scene& scene) {
    draw_whose(frame, scene);
    if (const std::string missing = missing_words(scene); !missing.empty()) {
        int y = 2;
        for (const std::string& line : wrap_words(missing, frame.width() - 2, scene.unicode)) {
            frame.put(1, y++, line, Role::dim);
        }
        return;
    }
    const StackTimes& times = *times_on(scene);
    const StackTimesState& state = scene.state.stack_times;
    frame.put(1, 1, title_words(scene, times), Role::strong, frame.width() - 2);
    frame.put(1, 2, note_words(times), Role::dim, frame.width() - 2);
    draw_head(frame, kTop - 1);
    const StackRows rows = rows_of_scene(scene);
    const auto shown = static_cast<std::size_t>(rows_on(scene, frame.width(), frame.height()));
    const std::size_t end = std::min(rows.rows.size(), state.scroll + shown);
    for (std::size_t at = state.scroll; at < end; ++at) {
        const int y = kTop + static_cast<int>(at - state.scroll);
        draw_row(frame, scene, rows, rows.rows[at], y);
        if (at == state.cursor) {
            frame.select(0, y, frame.width());
        }
    }
}

}  // namespace tsa
