// SPDX-License-Identifier: MIT
// How the page of a thread is drawn: where its parts are on a screen of a given size, and the parts, each in a separate
// file. detail.cpp puts them together; page.cpp has the keys.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/neighbors.h"
#include "tui/charts.h"
#include "tui/view.h"

namespace tsa {

/// From here on there is room for bars beside the numbers, and for words beside the bars.
inline constexpr int kRoomyWidth = 111;
inline constexpr int kFullWidth = 80;
inline constexpr int kWideWidth = 132;
/// From this width on, woken and preempted are beside CPU WAIT.
inline constexpr int kBesideWidth = 153;

/// Rows of each part, top to bottom; 0: no room for it. What answers "why is it slow" goes last when room gets short.
struct DetailLayout {
    int identity_rows = 0;
    int now_y = 0, now_rows = 0;
    int verdict_y = 0, verdict_rows = 0;
    int stack_y = 0, stack_rows = 0;  ///< which code it waits in, the holder's, and who woke it
    int chart_y = 0, chart_rows = 0;  ///< and one more below them for the moment that is read out
    int sources_y = 0, sources_rows = 0;
    /// The table of both sources, as long as they disagree; else one bar of all states, its shares, taskstats in a line
    /// and the machine in another, as far as there is room.
    bool table = false;
    bool preempted_row = false;       ///< below CPU WAIT; else beside it
    bool state_rows = false;          ///< a row for each other state; else all in one line
    int notes_y = 0, notes_rows = 0;  ///< why the two sources differ, in sentences
    int waits_y = 0, waits_rows = 0;  ///< the head included
    int counters_y = 0, counters_rows = 0;
};
/// The thread that the pages of a thread are about. Null: nothing is known of it.
[[nodiscard]] const WatchedThread* watched_on(const Scene& scene);

/// For the pages of page.h.
void draw_answer_page(Frame& frame, const Scene& scene);
void draw_states_page(Frame& frame, const Scene& scene);
void note_detail(ViewState& state, const Scene& scene, int width, int height);

[[nodiscard]] DetailLayout detail_layout(const Scene& scene, int width, int height);

/// States beside those of Pair that this thread has ever been in, as far as they were measured.
[[nodiscard]] std::vector<ThreadState> other_states(const WatchedThread& watched);

/// Time per state since it was first seen; in a replay, which need not know that, of the minutes that its chart has.
struct LifeTotals {
    PerState<std::uint64_t> ns{};
    std::uint64_t all_ns = 0;
};
[[nodiscard]] LifeTotals life_totals(const Scene& scene, const WatchedThread& watched);

/// The state as text. For a source that cannot distinguish idle from sleep, both are time off the CPU.
[[nodiscard]] std::string_view label_of(const Thread& thread, ThreadState state);

/// Of the thread's chart.
[[nodiscard]] ChartShape chart_shape(const ViewState& state, const WatchedThread& watched, int width);
/// "14:03:22.5" in local time, or without the tenth.
[[nodiscard]] std::string clock_words(const Machine& machine, std::uint64_t unix_ns, bool tenths);
/// A CLOCK_MONOTONIC time near the report, as CLOCK_REALTIME.
[[nodiscard]] std::uint64_t unix_of(const Report& report, std::uint64_t monotonic_ns);
/// "48.1 %"; a measured zero is the dot.
[[nodiscard]] std::string share_words(double part, double whole, const Glyphs& set);

void draw_identity(Frame& frame, const Scene& scene, const WatchedThread& watched, int rows);
/// The interval, or that it is paused, at the end of the first line if that has room from `x` on.
void draw_pace(Frame& frame, const Scene& scene, int x);
void draw_now(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows);
/// Why the thread is slow, in a sentence on lines that fit; empty: no cause dominates.
[[nodiscard]] std::vector<std::string> verdict_lines(const Scene& scene, const WatchedThread& watched, int width);
void draw_verdict(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows);
/// "CPU TAKEN BY  4321 cc1plus 61 %, idle 2 %": shares of its waits for a CPU since it is watched. Empty: none is
/// known.
[[nodiscard]] std::string taken_words(const CpuWaitBy& waits, std::uint32_t own_tgid);
/// "CPU TAKEN BY  /batch 61 %, its own cgroup 30 % (of all waits in /web)": in the newest interval.
[[nodiscard]] std::string taken_words(const CgroupWaitBy& waits);
[[nodiscard]] std::string taken_in_line(const Scene& scene, const WatchedThread& watched);
/// Lines of the pane below the verdict: "STACK  ...".
[[nodiscard]] std::vector<std::string> pane_lines(const Scene& scene, const WatchedThread& watched);
/// Each line's words up to the first two spaces are its head.
void draw_headed_lines(Frame& frame, const std::vector<std::string>& lines, int y, int rows);
void draw_stack(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows);
void draw_chart(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows);
void draw_sources(Frame& frame, const Scene& scene, const WatchedThread& watched, const DetailLayout& layout);
/// The table alone, for the second page; returns its rows.
int draw_source_table(Frame& frame, const Scene& scene, const WatchedThread& watched, int y);
void draw_notes(Frame& frame, const Scene& scene, int y, int rows);
void draw_waits(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows);
void draw_counters(Frame& frame, const Scene& scene, const WatchedThread& watched, int y, int rows);
/// The second page: all states in numbers, and all that the kernel's own accounting has.
void draw_states(Frame& frame, const Scene& scene, const WatchedThread& watched, int y);

}  // namespace tsa
