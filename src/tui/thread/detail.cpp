// SPDX-License-Identifier: MIT
// The drill-down: why is this thread slow? Divides the screen among its parts, so that the parts that best answer this
// remain on a small screen. Drawn from History's copy, so it stays after the thread has ended.
#include "tui/thread/detail.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time_units.h"
#include "tui/facts.h"
#include "tui/room.h"
#include "tui/text.h"
#include "tui/thread/page.h"
#include "tui/thread/wait_rows.h"

namespace tsa {
namespace {

constexpr int kShortHeight = 16;  // below it the two sources are one bar
constexpr int kPairRows = 5;      // with their head
constexpr int kLineRows = 4;      // of the sources without their table
/// The table stays that long after the sources disagreed, so that the page holds still.
constexpr std::uint64_t kDisagreedNs = 10 * kNsPerSecond;

/// Preferences for a small screen.
void share_short(DetailLayout& out, Room& room) {
    out.table = false;
    room.grow(out.now_rows, 1);
    room.grow(out.sources_rows, 2);
    room.grow_whole(out.waits_rows, 2);
    room.grow(out.now_rows, 2);
    room.grow(out.waits_rows, 5);
    room.grow(out.identity_rows, 2);
    room.grow(out.waits_rows, 1 << 10);
}

/// Gaps are empty lines: before the chart, the sources, the waits, the counters.
struct Gaps {
    int chart = 0, sources = 0, waits = 0, counters = 0;
};

/// More rows of the sources: preempted apart, the other states; or the machine. Returns those before the other states.
int share_sources(DetailLayout& out, Room& room, int width) {
    if (!out.table) {
        room.grow(out.sources_rows, kLineRows);
        return kLineRows;
    }
    out.preempted_row = width < kBesideWidth && room.grow_whole(out.sources_rows, kPairRows + 1);
    const int pairs = out.sources_rows;
    room.grow(out.sources_rows, pairs + 1);
    return pairs;
}

void share_tall(DetailLayout& out, Gaps& gaps, Room& room, const Scene& scene, int width, int others) {
    room.grow(out.identity_rows, 2);
    room.grow(out.now_rows, 1);
    room.grow(out.sources_rows, out.table ? kPairRows : 3);
    room.grow(out.waits_rows, 4);
    int chart = 0;  // with the line below it
    room.grow_whole(chart, 4);
    room.grow(out.counters_rows, 1);
    room.grow(out.now_rows, 2);
    const int pairs = share_sources(out, room, width);
    room.grow(out.waits_rows, 6);
    if (chart > 0) {
        room.grow(chart, 5);
    }
    room.grow(gaps.chart, 1);
    room.grow(gaps.waits, 1);
    room.grow(out.identity_rows, scene.detail != nullptr ? 3 : 2);
    out.state_rows = out.table && others > 0 && room.grow_whole(out.sources_rows, pairs + others);
    room.grow(gaps.sources, 1);
    room.grow(out.counters_rows, 2);
    room.grow(chart, 7);
    room.grow(out.notes_rows, out.table ? 2 : 0);
    room.grow(chart, 8);
    room.grow(out.waits_rows, 9);
    room.grow(gaps.counters, 1);
    room.grow(out.counters_rows, 3);
    room.grow(chart, 12);
    room.grow(out.notes_rows, out.table ? 3 : 0);
    room.grow(chart, 16);
    room.grow(out.waits_rows, 1 << 10);
    out.chart_rows = std::max(chart - 1, 0);
}

int usable_rows(const Scene& scene, int width, int height) {
    // The bottom line has the keys, as in the overview.
    const int rows = height > 3 || !scene.state.message.empty() ? height - 1 : height;
    return rows - layer_rows(scene.state, width, height);
}

/// The start of both pages. Null, with a message: no data on the thread.
const WatchedThread* draw_top(Frame& frame, const Scene& scene) {
    const ThreadKey& key = scene.state.thread.key;
    const WatchedThread* watched = scene.history.find(key);
    if (watched == nullptr || !watched->seen) {
        frame.put(1, 0, fmt::format("TID {}", key.tid), Role::strong);
        frame.put(1, 2, facts_of(scene.state).no_thread, Role::dim);
        return nullptr;
    }
    const DetailLayout layout = detail_layout(scene, frame.width(), frame.height());
    draw_identity(frame, scene, *watched, layout.identity_rows);
    draw_now(frame, scene, *watched, layout.now_y, layout.now_rows);
    return watched;
}

DetailBounds detail_bounds(const Scene& scene, int width, int height) {
    DetailBounds out;
    const WatchedThread* watched = scene.history.find(scene.state.thread.key);
    if (watched == nullptr || !watched->seen || width <= 0 || height <= 0) {
        return out;
    }
    const DetailLayout layout = detail_layout(scene, width, height);
    const ChartShape shape = chart_shape(scene.state, *watched, width);
    out.slots = shape.slots;
    out.oldest_column = shape.oldest;
    out.newest_column = shape.newest;
    if (&screen_of(scene.state) == &kThreadPage && layout.chart_rows > 0) {
        out.chart_x = shape.x;
        out.chart_y = layout.chart_y;
        out.chart_columns = shape.columns;
        out.chart_rows = layout.chart_rows;
    }
    if (scene.detail != nullptr && scene.detail->waits.unavailable.empty() && layout.waits_rows > 1) {
        const std::size_t missed = scene.detail->waits.missed > 0 && layout.waits_rows > 2 ? 1 : 0;
        out.wait_rows = wait_rows(*scene.detail, watched).size();
        out.wait_rows_shown = static_cast<std::size_t>(layout.waits_rows - 1) - missed;
    }
    return out;
}

}  // namespace

const WatchedThread* watched_on(const Scene& scene) {
    const WatchedThread* watched = scene.history.find(scene.state.thread.key);
    return watched != nullptr && watched->seen ? watched : nullptr;
}

LifeTotals life_totals(const Scene& scene, const WatchedThread& watched) {
    LifeTotals out;
    if (!facts_of(scene.state).since_first_seen) {
        const PerState<double> known = watched.between(0, watched.now_ns);
        for (std::size_t at = 0; at < kStateCount; ++at) {
            out.ns[at] = static_cast<std::uint64_t>(known[at]);
            out.all_ns += out.ns[at];
        }
        return out;
    }
    for (const StateInfo& state : state_table()) {
        out.ns[index(state.state)] = state_total_ns(watched.last, state.state, watched.until_ns);
    }
    out.all_ns = closed_at_ns(watched.last, watched.until_ns) - watched.last.first_seen_ns;
    return out;
}

std::string_view label_of(const Thread& thread, ThreadState state) {
    const bool knows_idle = (thread.measured & measured_bit(ThreadState::idle)) != 0;
    return state == ThreadState::sleep && !knows_idle ? "off CPU" : info(state).label;
}

std::string clock_words(const Machine& machine, std::uint64_t unix_ns, bool tenths) {
    const auto unix_s = static_cast<std::int64_t>(unix_ns / kNsPerSecond);
    const std::int64_t local = unix_s + (machine.utc_offset_s ? machine.utc_offset_s(unix_s) : 0);
    const std::int64_t day = ((local % 86'400) + 86'400) % 86'400;
    std::string words = fmt::format("{:02}:{:02}:{:02}", day / 3600, day / 60 % 60, day % 60);
    if (tenths) {
        words += fmt::format(".{}", unix_ns / 100'000'000 % 10);
    }
    return words;
}

std::uint64_t unix_of(const Report& report, std::uint64_t monotonic_ns) {
    return report.time_unix_ns + monotonic_ns - report.now_ns;
}

std::string share_words(double part, double whole, const Glyphs& set) {
    if (part <= 0 || whole <= 0) {
        return std::string(set.zero);
    }
    return fmt::format("{} %", format_share(100.0 * part / whole));
}

DetailLayout detail_layout(const Scene& scene, int width, int height) {
    DetailLayout out;
    Gaps gaps;
    const std::uint64_t disagreed_ns = scene.state.thread.disagreed_ns;
    out.table = disagreed_ns != 0 && scene.report.now_ns - std::min(disagreed_ns, scene.report.now_ns) <= kDisagreedNs;
    const int usable = usable_rows(scene, width, height);
    Room room(usable);
    room.grow(out.identity_rows, 1);
    if (usable < kShortHeight - 1) {
        share_short(out, room);
    } else {
        const WatchedThread* watched = scene.history.find(scene.state.thread.key);
        if (watched != nullptr) {
            room.grow(out.verdict_rows, std::min(static_cast<int>(verdict_lines(scene, *watched, width).size()), 3));
            room.grow(out.stack_rows, static_cast<int>(pane_lines(scene, *watched).size()));
        }
        const int others = watched != nullptr ? static_cast<int>(other_states(*watched).size()) : 0;
        share_tall(out, gaps, room, scene, width, others);
    }
    int y = out.identity_rows;
    const auto place = [&y](int& at, int rows) {
        at = y;
        y += rows;
    };
    place(out.now_y, out.now_rows);
    place(out.verdict_y, out.verdict_rows);
    place(out.stack_y, out.stack_rows);
    y += gaps.chart;
    place(out.chart_y, out.chart_rows > 0 ? out.chart_rows + 1 : 0);
    y += gaps.sources;
    place(out.sources_y, out.sources_rows);
    place(out.notes_y, out.notes_rows);
    y += gaps.waits;
    place(out.waits_y, out.waits_rows);
    y += gaps.counters;
    place(out.counters_y, out.counters_rows);
    return out;
}

void note_detail(ViewState& state, const Scene& scene, int width, int height) {
    const bool compared =
        scene.detail != nullptr && scene.detail->window_ns > 0 && scene.detail->stats_unavailable.empty();
    if (compared && std::ranges::any_of(scene.detail->comparisons, [](const Comparison& comparison) {
            return comparison.verdict == Verdict::disagree;
        })) {
        state.thread.disagreed_ns = scene.report.now_ns;
    }
    state.thread.bounds = detail_bounds(scene, width, height);
}

void draw_answer_page(Frame& frame, const Scene& scene) {
    if (const WatchedThread* watched = draw_top(frame, scene)) {
        const DetailLayout layout = detail_layout(scene, frame.width(), frame.height());
        draw_verdict(frame, scene, *watched, layout.verdict_y, layout.verdict_rows);
        draw_stack(frame, scene, *watched, layout.stack_y, layout.stack_rows);
        draw_chart(frame, scene, *watched, layout.chart_y, layout.chart_rows);
        draw_sources(frame, scene, *watched, layout);
        draw_notes(frame, scene, layout.notes_y, layout.notes_rows);
        draw_waits(frame, scene, *watched, layout.waits_y, layout.waits_rows);
        if (layout.counters_rows > 0) {
            draw_counters(frame, scene, *watched, layout.counters_y, layout.counters_rows);
        }
    }
}

void draw_states_page(Frame& frame, const Scene& scene) {
    if (const WatchedThread* watched = draw_top(frame, scene)) {
        const DetailLayout layout = detail_layout(scene, frame.width(), frame.height());
        draw_states(frame, scene, *watched, layout.now_y + layout.now_rows);
    }
}

}  // namespace tsa
