// SPDX-License-Identifier: MIT
// The line that breaks down the load average: how many threads are in which state on average, and the bar of those that
// run or are delayed.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tui/bars.h"
#include "tui/overview/header_fields.h"
#include "tui/text.h"

namespace tsa {
namespace {

// "6.1", "1,259": a number of threads in few cells; "12", "3k" in three cells.
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

// "1284", "13k".
std::string count_words(double threads) {
    return threads < 9999.5 ? fmt::format("{:.0f}", threads) : fmt::format("{:.0f}k", threads / 1000);
}

bool measured(const Report& report, ThreadState state) {
    return (report.measured & measured_bit(state)) != 0;
}

std::string_view short_label(const Report& report, ThreadState state) {
    // A source without the reason why a thread is off the CPU counts all of that as sleep.
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

}  // namespace

void draw_averages(Frame& frame, const Scene& scene, int y, std::string_view words) {
    const Report& report = scene.report;
    double all = 0;
    for (const StateInfo& state : state_table()) {
        all += report.threads_in(state.state);
    }
    const bool roomy = frame.width() >= 110;
    // Fixed width for any number of threads: the text after it does not move.
    const int count_width = roomy ? 6 : (frame.width() >= 60 ? 4 : 0);
    const std::string count = roomy ? format_count(static_cast<std::uint64_t>(std::lround(all))) : count_words(all);
    int x = frame.put(1, y, fmt::format("{:>{}} {}", count, count_width, words), Role::strong) + (roomy ? 2 : 1);
    for (const StateInfo& state : state_table()) {
        const double threads = report.threads_in(state.state);
        const bool rare = state.state == ThreadState::stopped || state.state == ThreadState::zombie;
        const std::string_view label =
            roomy || state.state != ThreadState::cpu_wait ? short_label(report, state.state) : "cpu";
        // Most threads are idle; or, with a source without idle, asleep.
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

// Threads on a CPU or delayed, as one bar, which as many threads as there are CPUs fill; idle and sleeping threads
// would dominate it.
void draw_average_bar(Frame& frame, const Scene& scene, int y) {
    const Glyphs& set = glyphs(scene.unicode);
    PerState<double> active{};
    double total = 0;
    for (const StateInfo& state : state_table()) {
        if (is_load(state.state)) {
            active[index(state.state)] = scene.report.threads_in(state.state);
            total += active[index(state.state)];
        }
    }
    frame.put(1, y, fmt::format("{:>5} of them run or are delayed", threads_words(total)), Role::dim);
    draw_bar(frame, 36, y, std::min(frame.width() - 37, 120), state_parts(active, PerPart<double>{}, set),
             std::max(total, static_cast<double>(scene.report.system.cpus)), set);
}

}  // namespace tsa
