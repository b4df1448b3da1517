// SPDX-License-Identifier: MIT
// The lines that a replay has below the table: the whole recording as a strip of stacked columns, marks above it, and
// the cursor's position as text. Running and delayed threads are stacked; sleeping ones are left out.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/time_units.h"
#include "text/units.h"
#include "tui/overview/header_fields.h"
#include "tui/replay/replay.h"
#include "tui/replay/time.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr int kEighths = 8;
constexpr int kSideWidth = 60;       // from here on, start and end are next to the strip
constexpr int kClockWidth = 10;      // " 14:05:30 "
constexpr int kDateWidth = 12;       // " 11-21 14:05"
constexpr int kClockJumpWidth = 17;  // "suspended 12.3 ms"
constexpr std::string_view kPartBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇"};

/// The parts of a column, from the bottom up, in eighths of a cell.
struct Stack {
    PerState<int> eighths{};
    int all = 0;
};

Stack stack_of(const TimeSlice& slice, double full_threads, int cells) {
    Stack out;
    const double active = active_threads(slice);
    if (active <= 0) {
        return out;
    }
    // A column beyond the full height is scaled down, so that its proportions are kept.
    const double wanted = std::min(active / full_threads, 1.0) * cells * kEighths;
    out.all = std::max(static_cast<int>(std::lround(wanted)), 1);
    double sum = 0;
    int used = 0;
    for (const StateInfo& state : state_table()) {
        if (is_load(state.state)) {
            sum += static_cast<double>(slice.threads_in[index(state.state)]);
            const int end = static_cast<int>(std::lround(sum / active * out.all));
            out.eighths[index(state.state)] = end - used;
            used = end;
        }
    }
    return out;
}

/// The state that a cell shows: waiting takes precedence over running if it has at least half of the cell.
ThreadState shown_in(const Stack& stack, int cell) {
    const int from = cell * kEighths, to = from + kEighths;
    int at = 0, waiting = 0, running = 0, most = 0;
    ThreadState worst = ThreadState::exec;
    for (const StateInfo& state : state_table()) {
        const int begin = at;
        at += stack.eighths[index(state.state)];
        const int inside = std::max(std::min(at, to) - std::max(begin, from), 0);
        (state.is_delay ? waiting : running) += inside;
        if (state.is_delay && inside > most) {
            most = inside;
            worst = state.state;
        }
    }
    return waiting >= running ? worst : ThreadState::exec;
}

void draw_column(Frame& frame, const Stack& stack, int x, const ReplayLayout& layout, bool unicode) {
    const Glyphs& set = glyphs(unicode);
    for (int cell = 0; cell < layout.strip_rows; ++cell) {
        const int filled = std::clamp(stack.all - cell * kEighths, 0, kEighths);
        if (filled == 0) {
            return;
        }
        const ThreadState state = shown_in(stack, cell);
        std::string_view glyph = set.state[index(state)];
        if (unicode) {
            // Height shows the amount, color the state: a pattern next to a partial block would look lower.
            glyph = filled < kEighths ? kPartBlocks[filled - 1] : set.state[index(ThreadState::exec)];
        } else if (filled < kEighths / 2) {
            glyph = "_";
        }
        frame.put(x, layout.strip_y + layout.strip_rows - 1 - cell, glyph, role_of(state), 1);
    }
}

const Strip& strip_of(const ReplayState& replay, int columns, Strip& scratch) {
    if (replay.strip.columns.size() == static_cast<std::size_t>(columns)) {
        return replay.strip;
    }
    scratch = make_strip(*replay.timeline, static_cast<std::size_t>(columns));
    return scratch;
}

void draw_strip(Frame& frame, const ReplayState& replay, const Strip& strip, const ReplayLayout& layout) {
    const Glyphs& set = glyphs(frame.unicode());
    const int bottom = layout.strip_y + layout.strip_rows - 1;
    for (int column = 0; column < layout.columns; ++column) {
        const StripColumn& of = strip.columns[static_cast<std::size_t>(column)];
        const int x = layout.strip_x + column;
        if (of.clock_jumped && layout.marks_y >= 0) {
            frame.put(x, layout.marks_y, set.clock_jump, Role::warn, 1);
        }
        if (of.interval == kNoInterval) {
            frame.fill(x, bottom, 1, 1, set.line, Role::dim);
            continue;
        }
        draw_column(frame, stack_of((*replay.timeline)[of.interval], strip.full_threads, layout.strip_rows), x, layout,
                    frame.unicode());
        if (of.lost && layout.marks_y >= 0) {
            frame.put(x, layout.marks_y, "!", Role::bad, 1);
        }
    }
    const auto columns = static_cast<std::size_t>(layout.columns);
    for (const std::size_t bad : replay.bad) {
        const int x = layout.strip_x + static_cast<int>(column_of(*replay.timeline, bad, columns));
        if (layout.marks_y >= 0 && frame.at(x, layout.marks_y).glyph == U' ') {
            frame.put(x, layout.marks_y, set.sorted_down, Role::warn, 1);
        }
    }
    if (replay.moment && layout.marks_y >= 0) {
        const int x = layout.strip_x + static_cast<int>(column_of(*replay.timeline, *replay.moment, columns));
        frame.put(x, layout.marks_y, frame.unicode() ? "◆" : "*", Role::strong, 1);
    }
    const int cursor = layout.strip_x + static_cast<int>(column_of(*replay.timeline, replay.at, columns));
    for (int row = 0; row < layout.strip_rows; ++row) {
        frame.put(cursor, layout.strip_y + row, frame.unicode() ? "┃" : "|", Role::strong, 1);
        frame.select(cursor, layout.strip_y + row, 1);
    }
}

/// Start and end, and the value of the full height.
void draw_sides(Frame& frame, const ReplayState& replay, const Strip& strip, const ReplayLayout& layout) {
    const Glyphs& set = glyphs(frame.unicode());
    const int end = layout.strip_x + layout.columns;
    for (int row = 0; row < layout.strip_rows; ++row) {
        frame.put(layout.strip_x - 1, layout.strip_y + row, set.bar_left, Role::dim, 1);
        frame.put(end, layout.strip_y + row, set.bar_right, Role::dim, 1);
    }
    if (layout.strip_x < 2) {
        return;
    }
    const bool days = spans_days(*replay.timeline, replay.utc_offsets);
    const auto words = [&](std::uint64_t unix_ns) {
        const std::string time = time_words(unix_ns, replay.utc_offsets, false);
        return days ? fmt::format("{} {}", date_words(unix_ns, replay.utc_offsets).substr(5), time.substr(0, 5)) : time;
    };
    const int bottom = layout.strip_y + layout.strip_rows - 1;
    frame.put_right(layout.strip_x - 1, bottom, layout.strip_x - 2, words(begin_unix_ns(*replay.timeline)), Role::dim);
    frame.put(end + 1, bottom, words(replay.timeline->back().time_unix_ns), Role::dim);
    if (layout.strip_rows > 2) {
        const std::string full = fmt::format("{:.{}f}", strip.full_threads, strip.full_threads < 9.95 ? 1 : 0);
        frame.put_right(layout.strip_x - 1, layout.strip_y, layout.strip_x - 2, full, Role::dim);
        frame.put_right(layout.strip_x - 1, layout.strip_y + 1, layout.strip_x - 2, "threads", Role::dim);
    }
}

/// "14 of 600" in a field that does not grow.
std::string count_words(std::size_t at, std::size_t size) {
    const std::string all = fmt::format("{}", size);
    return fmt::format("{:>{}} of {}", at + 1, all.size(), all);
}

/// "clock +1.00 h", "suspended 8.0 h"; empty: the clock ran on.
std::string clock_jump_words(const TimeSlice& slice) {
    if (slice.clock_jump_ns == 0) {
        return "";
    }
    const auto by_ns = static_cast<std::uint64_t>(std::abs(slice.clock_jump_ns));
    const std::string_view what = slice.suspended ? "suspended " : slice.clock_jump_ns < 0 ? "clock -" : "clock +";
    return fmt::format("{}{}", what, duration_text(by_ns).view());
}

/// "fired", "-12.3 s", "+1.00 s".
std::string since_moment_words(const ReplayState& replay) {
    const std::uint64_t here_ns = (*replay.timeline)[replay.at].now_ns;
    const std::uint64_t moment_ns = (*replay.timeline)[*replay.moment].now_ns;
    return here_ns == moment_ns  ? "fired"
           : here_ns < moment_ns ? fmt::format("-{}", duration_text(moment_ns - here_ns).view())
                                 : fmt::format("+{}", duration_text(here_ns - moment_ns).view());
}

void draw_info(Frame& frame, const ReplayState& replay, int y) {
    const Timeline& timeline = *replay.timeline;
    const TimeSlice& slice = timeline[replay.at];
    const std::uint64_t begin_ns = timeline.front().now_ns - timeline.front().interval_ns;
    const bool tenths = timeline.front().interval_ns % kNsPerSecond != 0;
    const auto field = [](std::string_view label, std::string value, int importance, Role role = Role::text) {
        const int width = static_cast<int>(value.size());
        return HeaderField{label, std::move(value), width, importance, role};
    };
    std::vector<HeaderField> fields;
    fields.push_back(field("", replay.playing ? "PLAYING" : "PAUSED ", 0, replay.playing ? Role::good : Role::warn));
    fields.push_back({"", fmt::format("{}x", replay.speed), 5, 3, Role::text});
    fields.push_back(field("", date_words(slice.time_unix_ns, replay.utc_offsets),
                           spans_days(timeline, replay.utc_offsets) ? 2 : 6, Role::strong));
    fields.push_back(field("", time_words(slice.time_unix_ns, replay.utc_offsets, tenths), 1, Role::strong));
    fields.push_back(field("interval", count_words(replay.at, timeline.size()), 4));
    const std::string whole = elapsed_words(timeline.back().now_ns - begin_ns, tenths);
    const std::string elapsed = elapsed_words(slice.now_ns - std::min(begin_ns, slice.now_ns), tenths);
    fields.push_back(field("", fmt::format("{:>{}} of {}", elapsed, whole.size(), whole), 5));
    fields.push_back(
        {"delayed", slice.missing ? "-" : fmt::format("{:.1f}", held_up_threads(slice)), 6, 7, Role::text});
    if (replay.moment) {
        fields.push_back({"rule", since_moment_words(replay), 7, 3, Role::strong});
    }
    if (replay.any_lost) {
        fields.push_back({"", slice.lost ? "dropped" : "", 7, 2, Role::bad});
    }
    if (replay.any_clock_jump) {
        fields.push_back({"", clock_jump_words(slice), kClockJumpWidth, 2, Role::warn});
    }
    if (replay.any_missing) {
        fields.push_back({"", slice.missing ? "not recorded" : "", 12, 2, Role::bad});
    }
    draw_fields(frame, 1, y, frame.width() - 1, fields);
}

}  // namespace

ReplayLayout replay_layout(const ViewState& state, int width, int height) {
    ReplayLayout out;
    if (!state.replay || height < 8 || width < 4) {
        return out;
    }
    const bool tall = height >= 34;
    out.strip_rows = height < 12 ? 0 : (height >= 45 ? 4 : (tall ? 3 : 1));
    const ReplayState& replay = *state.replay;
    const bool marks = tall || ((replay.any_lost || replay.any_clock_jump || replay.moment) && height >= 20);
    out.rows = 1 + out.strip_rows + (marks ? 1 : 0);
    int y = height - 1 - out.rows;
    out.marks_y = marks ? y++ : -1;
    out.strip_y = out.strip_rows > 0 ? y : -1;
    out.info_y = y + out.strip_rows;
    const bool days = spans_days(*state.replay->timeline, state.replay->utc_offsets);
    const int side = width >= kSideWidth ? (days ? kDateWidth : kClockWidth) : 0;
    out.strip_x = side + 1;
    out.columns = std::max(width - 2 * (side + 1), 1);
    return out;
}

void draw_replay(Frame& frame, const Scene& scene) {
    const ReplayLayout layout = replay_layout(scene.state, frame.width(), frame.height());
    if (layout.rows == 0) {
        return;
    }
    const ReplayState& replay = *scene.state.replay;
    Strip scratch;
    const Strip& strip = strip_of(replay, layout.columns, scratch);
    if (layout.strip_rows > 0) {
        draw_sides(frame, replay, strip, layout);
        draw_strip(frame, replay, strip, layout);
    }
    draw_info(frame, replay, layout.info_y);
}

// On a screen without room for the strip, keys move by the column width of a normal screen.
void note_strip(ViewState& state, const Scene&, int width, int height) {
    ReplayState& replay = *state.replay;
    const int shown = replay_layout(state, width, height).columns;
    const auto columns = static_cast<std::size_t>(shown > 0 ? shown : 80);
    if (replay.strip.columns.size() != columns) {
        replay.strip = make_strip(*replay.timeline, columns);
    }
}

}  // namespace tsa
