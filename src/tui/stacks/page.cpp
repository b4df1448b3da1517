// SPDX-License-Identifier: MIT
// See page.h. With room for it the holder's stack is beside the thread's, else below it.
#include "tui/stacks/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/concat.h"
#include "tui/common_keys.h"
#include "tui/facts.h"
#include "tui/stacks/lines.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {
namespace {

constexpr int kTop = 4;  // identity, what it does now in two lines, an empty line
constexpr int kBesideColumns = 100;

/// Where columns of stacks are on a screen.
struct Place {
    bool is_beside = false;
    int width = 0;  ///< of a column
    int rows = 0;
};

Place place_on(const Scene& scene, int width, int height, std::size_t columns) {
    Place place;
    place.is_beside = columns > 1 && width >= kBesideColumns;
    place.width = place.is_beside ? (width - 3) / 2 : width - 2;
    place.rows = std::max(height - kTop - (has_bar(height) ? 1 : 0) - layer_rows(scene.state, width, height), 0);
    return place;
}

/// Lines of the columns, one below the other or the longest one.
std::size_t lines_of(const std::vector<StackColumn>& columns, bool is_beside) {
    std::size_t lines = 0;
    for (const StackColumn& column : columns) {
        const std::size_t own = column.lines.size() + 1;
        lines = is_beside ? std::max(lines, own) : lines + own;
    }
    return lines;
}

void draw_line(Frame& frame, const StackLine& line, int x, int y, int width) {
    const int place_width = std::min(text_width(line.place, frame.unicode()), width / 2);
    frame.put(x, y, cut_middle(line.text, width - (place_width > 0 ? place_width + 1 : 0), frame.unicode()), line.role);
    if (place_width > 0) {
        frame.put_right(x + width, y, place_width, cut_middle(line.place, place_width, frame.unicode()), Role::dim);
    }
}

/// The part of a column from line `first` on, the title being line 0, in rows from `y` up to `end`. Returns the next
/// row.
int draw_column(Frame& frame, const StackColumn& column, std::size_t first, int x, int y, int end, int width) {
    if (first == 0 && y < end) {
        frame.put(x, y++, column.title, Role::strong, width);
    }
    for (std::size_t at = first > 0 ? first - 1 : 0; at < column.lines.size() && y < end; ++at) {
        draw_line(frame, column.lines[at], x, y++, width);
    }
    return y;
}

void draw_columns(Frame& frame, const std::vector<StackColumn>& columns, const Place& place, std::size_t scroll) {
    int x = 1;
    int y = kTop;
    std::size_t skip = scroll;
    for (const StackColumn& column : columns) {
        const std::size_t lines = column.lines.size() + 1;
        const std::size_t first = std::min(skip, lines);
        y = draw_column(frame, column, first, x, y, kTop + place.rows, place.width);
        if (place.is_beside) {
            x += place.width + 1;
            y = kTop;
        } else {
            skip -= first;
        }
    }
}

void draw(Frame& frame, const Scene& scene) {
    const WatchedThread* watched = watched_on(scene);
    if (watched == nullptr) {
        frame.put(1, 0, fmt::format("TID {}", scene.state.thread.key.tid), Role::strong);
        frame.put(1, 2, facts_of(scene.state).no_thread, Role::dim);
        return;
    }
    draw_identity(frame, scene, *watched, 1);
    draw_now(frame, scene, *watched, 1, 2);
    if (watched->ended || watched->missing) {
        return;
    }
    const std::vector<StackColumn> columns = stack_columns(scene, *watched);
    if (columns.empty()) {
        frame.put(1, kTop, "not read yet", Role::dim);
    }
    draw_columns(frame, columns, place_on(scene, frame.width(), frame.height(), columns.size()),
                 scene.state.thread.stacks.top());
}

void note(ViewState& state, const Scene& scene, int width, int height) {
    const WatchedThread* watched = watched_on(scene);
    const std::vector<StackColumn> columns =
        watched != nullptr ? stack_columns(scene, *watched) : std::vector<StackColumn>{};
    const Place place = place_on(scene, width, height, columns.size());
    state.thread.stacks.lines = lines_of(columns, place.is_beside);
    state.thread.stacks.rows = static_cast<std::size_t>(place.rows);
}

void move(KeyPress& press, CursorMove move) {
    press.state.thread.stacks.move(move);
}

void toggle_addresses(KeyPress& press) {
    press.state.thread.stack_addresses = !press.state.thread.stack_addresses;
}

void close(KeyPress& press) {
    close_page(press.state);
}

std::optional<ThreadKey> thread_of_page(const ViewState& state) {
    return state.thread.key;
}

constexpr std::string_view kGroup = "Stacks";

constexpr std::array kOwnKeys = std::to_array<KeyBinding>({
    {{special(Key::escape), special(Key::backspace), control(U'O'), letter(U's')}, close, kGroup, "", "Back"},
    {{letter(U'm')}, toggle_addresses, kGroup, "module and offset of each function", "Offsets", kNoStacksInReplay},
});

constexpr auto kKeys = concat(kOwnKeys, move_keys<move>(kGroup, "scroll up", "scroll down", kNoStacksInReplay),
                              std::array{kHelpKey}, kPaceKeys, kProgramKeys);

constexpr std::array kBar = std::to_array<KeyEvent>({
    special(Key::escape),
    letter(U'm'),
    letter(U'z'),
    letter(U'['),
    letter(U']'),
    special(Key::f1),
    special(Key::f10),
});

}  // namespace

constinit const Page kStackPage{
    .name = "stacks",
    .keys = kKeys,
    .bar = kBar,
    .thread = thread_of_page,
    .draw = draw,
    .note = note,
};

void open_stack(ViewState& state) {
    state.thread.stacks = {};
    open_page(state, kStackPage);
}

}  // namespace tsa
