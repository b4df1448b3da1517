// SPDX-License-Identifier: MIT
// The drill-down's second page: all states in numbers, for this interval and since first seen, and below them
// everything that the kernel's own delay accounting has on the thread since its start.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tui/bars.h"
#include "tui/facts.h"
#include "tui/page.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {
namespace {

std::string mean_words(std::uint64_t total_ns, std::uint64_t entries) {
    return entries == 0 ? "-" : format_duration(total_ns / entries);
}

void draw_state_row(Frame& frame, const Scene& scene, const WatchedThread& watched, const LifeTotals& life,
                    const StateInfo& state, int y) {
    const Glyphs& set = glyphs(scene.unicode);
    const std::size_t at = index(state.state);
    const std::uint64_t now_ns = watched.state_ns[at];
    const std::uint64_t ever_ns = life.ns[at];
    const std::uint64_t life_ns = life.all_ns;
    const Role role = ever_ns > 0 ? role_of(state.state) : Role::dim;
    const auto share = [](std::uint64_t part, std::uint64_t whole) {
        return 100.0 * static_cast<double>(part) / static_cast<double>(std::max<std::uint64_t>(whole, 1));
    };
    const bool measured = (watched.last.measured & measured_bit(state.state)) != 0;
    const auto field = [&](int end, int width, const std::string& words, bool zero) {
        const std::string nothing = measured ? std::string(set.zero) : std::string("-");
        frame.put_right(end, y, width, zero || !measured ? nothing : words, zero || !measured ? Role::dim : Role::text);
    };
    frame.put(1, y, label_of(watched.last, state.state), role);
    const bool roomy = frame.width() >= kRoomyWidth;
    const bool narrow = frame.width() < kFullWidth;
    const auto times = [&](int end, int width, const std::string& words, bool zero) {
        if (facts_of(scene.state).state_entries) {
            field(end, width, words, zero);
        } else {
            frame.put_right(end, y, width, "-", Role::dim);
        }
    };
    int x = roomy ? 17 : 11;
    field(x += 6, 6, format_share(share(now_ns, watched.wall_ns)), now_ns == 0);
    if (roomy) {
        const std::array<BarPart, 1> part{
            {{static_cast<double>(now_ns), set.state[at] == " " ? "." : set.state[at], role}}};
        draw_bar(frame, x + 2, y, 22, part, static_cast<double>(watched.wall_ns), set);
        x += 24;
    }
    field(x += 9, 8, format_duration(now_ns), now_ns == 0);
    if (!narrow) {
        times(x += 8, 7, fmt::format("{}", watched.entries[at]), watched.entries[at] == 0);
        times(x += 9, 8, mean_words(now_ns, watched.entries[at]), now_ns == 0);
        x += 2;
    }
    field(x += 8, 6, format_share(share(ever_ns, life_ns)), ever_ns == 0);
    field(x += 9, 8, format_duration(ever_ns), ever_ns == 0);
    if (!narrow) {
        times(x += 9, 8, fmt::format("{}", watched.last.entries[at]), watched.last.entries[at] == 0);
        times(x += 9, 8, mean_words(ever_ns, watched.last.entries[at]), ever_ns == 0);
    }
}

void draw_states_head(Frame& frame, std::string_view whole_words, int y) {
    const bool roomy = frame.width() >= kRoomyWidth;
    const bool narrow = frame.width() < kFullWidth;
    frame.fill(0, y, frame.width(), 1, U' ', Role::head);
    const auto head = [&](int end, int width, std::string_view words) {
        frame.put_right(end, y, width, words, Role::head);
    };
    frame.put(1, y, "STATE", Role::head);
    int x = roomy ? 17 : 11;
    frame.put(x, y - 1, "THIS INTERVAL", Role::dim);
    head(x += 6, 6, "SHARE");
    x += roomy ? 24 : 0;
    head(x += 9, 8, "TIME");
    if (!narrow) {
        head(x += 8, 7, "TIMES");
        head(x += 9, 8, "MEAN");
        x += 2;
    }
    frame.put(x + 2, y - 1, whole_words, Role::dim);
    head(x += 8, 6, "SHARE");
    head(x += 9, 8, "TIME");
    if (!narrow) {
        head(x += 9, 8, "TIMES");
        head(x += 9, 8, "MEAN");
    }
}

void draw_state_rows(Frame& frame, const Scene& scene, const WatchedThread& watched, int& y, int end) {
    const LifeTotals life = life_totals(scene, watched);
    const std::string whole = facts_of(scene.state).since_first_seen
                                  ? std::string("SINCE FIRST SEEN")
                                  : fmt::format("LAST {}", format_duration(life.all_ns));
    draw_states_head(frame, whole, y++);
    const bool all_fit = end - y >= static_cast<int>(kStateCount);
    for (const StateInfo& state : state_table()) {
        const bool empty = life.ns[index(state.state)] == 0;
        if (y < end && (all_fit || !empty)) {
            draw_state_row(frame, scene, watched, life, state, y++);
        }
    }
}

void draw_delay_row(Frame& frame, const Scene& scene, const DelayInfo& kind, int y) {
    const ThreadDetail& detail = *scene.detail;
    const std::optional<Delay>& delay = detail.stats->delay(kind.kind);
    const bool roomy = frame.width() >= kRoomyWidth;
    int x = roomy ? 23 : 18;
    const DelayAbsence absence = delay_absence(*detail.stats, kind.kind, detail.accounting, detail.key.start_time_ns);
    frame.put(1, y, kind.label, Role::text, x - 2);
    if (!delay || absence != DelayAbsence::none) {
        frame.put_right(x + 9, y, 9, "-", Role::dim);
        frame.put(x + 12, y, absence_text(absence, kind.kind, detail.stats->version), Role::dim);
        return;
    }
    const auto put = [&](int width, const std::optional<std::uint64_t>& ns) {
        x += width;
        frame.put_right(x, y, width, ns ? format_duration(*ns) : "-", delay->count > 0 ? Role::text : Role::dim);
    };
    x += 9;
    frame.put_right(x, y, 9, format_count(delay->count), delay->count > 0 ? Role::text : Role::dim);
    put(9, delay->total_ns);
    put(9, delay->count > 0 ? std::optional(delay->total_ns / delay->count) : std::nullopt);
    put(9, delay->min_ns);
    put(9, delay->max_ns);
    const bool has_moment = delay->max_at_unix_ns.value_or(0) > 0;
    frame.put_right(x + 11, y, 11, has_moment ? clock_words(scene.machine, *delay->max_at_unix_ns, false) : "-",
                    has_moment ? Role::text : Role::dim);
}

/// All of taskstats' delays, cumulative.
void draw_delays(Frame& frame, const Scene& scene, int y, int end) {
    if (end - y < 3 || scene.detail == nullptr || (!scene.detail->stats && scene.detail->stats_unavailable.empty())) {
        return;
    }
    frame.fill(0, y, frame.width(), 1, U' ', Role::head);
    int x = frame.width() >= kRoomyWidth ? 23 : 18;
    frame.put(
        1, y,
        !facts_of(scene.state).delays_since_born && frame.width() >= kRoomyWidth ? "TASKSTATS, INTERVAL" : "TASKSTATS",
        Role::head);
    if (!scene.detail->stats) {
        frame.put(1, y + 1, scene.detail->stats_unavailable, Role::dim);
        return;
    }
    for (const std::string_view head : {"COUNT", "TOTAL", "MEAN", "MIN", "MAX"}) {
        frame.put_right(x += 9, y, 9, head, Role::head);
    }
    frame.put_right(x + 11, y, 11, "WORST AT", Role::head);
    ++y;
    for (const DelayInfo& kind : delay_table()) {
        if (y < end) {
            draw_delay_row(frame, scene, kind, y++);
        }
    }
}

}  // namespace

void draw_states(Frame& frame, const Scene& scene, const WatchedThread& watched, int y) {
    const int end = frame.height() - 1 - layer_rows(scene.state, frame.width(), frame.height());
    ++y;  // the text above the column heads
    draw_state_rows(frame, scene, watched, y, end);
    if (y < end) {
        draw_counters(frame, scene, watched, y, std::min(end - y, 3));
        y += 3;
    }
    constexpr int kTableRows = 5;
    if (end - y > 2 * kTableRows) {
        y += 1 + draw_source_table(frame, scene, watched, y + 1);
    }
    draw_delays(frame, scene, y + (end - y > 9 ? 1 : 0), end);
}

}  // namespace tsa
