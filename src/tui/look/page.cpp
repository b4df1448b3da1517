// SPDX-License-Identifier: MIT
// See page.h.
#include "tui/look/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/concat.h"
#include "model/find_row.h"
#include "model/process_look.h"
#include "tui/common_keys.h"
#include "tui/menus/menu.h"
#include "tui/menus/prompt.h"
#include "tui/overview/row_keys.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr int kTop = 3;  // title, what is to be said, heads
constexpr std::size_t kMaxSearch = 64;
constexpr int kShiftStep = 8;
constexpr int kMostWidth = 40;  // of a column that is not the last

constexpr std::string_view title_of(LookKind kind) {
    switch (kind) {
        case LookKind::environment:
            return "Environment";
        case LookKind::locks:
            return "File locks";
        case LookKind::files:
            break;
    }
    return "Open files";
}

constexpr std::string_view nothing_of(LookKind kind) {
    switch (kind) {
        case LookKind::environment:
            return "it has no environment variables";
        case LookKind::locks:
            return "it has no file locks, and waits for none";
        case LookKind::files:
            break;
    }
    return "it has no open files";
}

/// Null: not read yet, or that of another page.
const ProcessLook* look_on(const Scene& scene) {
    const ProcessLook* look = scene.look;
    return look != nullptr && look->topic == scene.state.look.topic ? look : nullptr;
}

int table_rows(const ViewState& state, int width, int height) {
    return std::max(height - kTop - (has_bar(height) ? 1 : 0) - layer_rows(state, width, height), 0);
}

/// Of all columns but the last: as wide as their widest cell.
std::vector<int> widths_of(const ProcessLook& look, int width, bool unicode) {
    const std::span<const LookColumn> columns = look_columns(look.topic.kind);
    std::vector<int> widths;
    for (std::size_t at = 0; at + 1 < columns.size(); ++at) {
        int widest = text_width(columns[at].head, unicode);
        for (const std::vector<std::string>& row : look.rows) {
            widest = std::max(widest, std::min(static_cast<int>(row[at].size()), kMostWidth));
        }
        widths.push_back(std::min(widest, std::max(width / 3, 1)));
    }
    return widths;
}

/// Without the first `cells` of it.
std::string_view shifted(std::string_view text, int cells, bool unicode) {
    while (cells > 0 && !text.empty()) {
        cells -= next_glyph(text, unicode).width;
    }
    return text;
}

void draw_cells(Frame& frame, std::span<const LookColumn> columns, const std::vector<int>& widths,
                const std::vector<std::string_view>& cells, int y, int shift, Role role) {
    int x = 1;
    for (std::size_t at = 0; at < columns.size(); ++at) {
        const bool last = at + 1 == columns.size();
        if (last) {
            frame.put(x, y, shifted(cells[at], shift, frame.unicode()), role, frame.width() - x);
        } else if (columns[at].right) {
            frame.put_right(x + widths[at], y, widths[at], cells[at], role);
        } else {
            frame.put(x, y, cut_middle(cells[at], widths[at], frame.unicode()), role, widths[at]);
        }
        x += last ? 0 : widths[at] + 2;
    }
}

void draw_table(Frame& frame, const ViewState& state, const ProcessLook& look, int rows) {
    const std::span<const LookColumn> columns = look_columns(look.topic.kind);
    const std::vector<int> widths = widths_of(look, frame.width(), frame.unicode());
    std::vector<std::string_view> cells(columns.size());
    std::ranges::transform(columns, cells.begin(), &LookColumn::head);
    frame.fill(0, kTop - 1, frame.width(), 1, U' ', Role::head);
    draw_cells(frame, columns, widths, cells, kTop - 1, 0, Role::head);
    for (int row = 0; row < rows; ++row) {
        const std::size_t at = state.look.scroll + static_cast<std::size_t>(row);
        if (at >= look.rows.size()) {
            break;
        }
        const std::vector<std::string>& row_cells = look.rows[at];
        std::copy_n(row_cells.begin(), std::min(row_cells.size(), cells.size()), cells.begin());
        draw_cells(frame, columns, widths, cells, kTop + row, state.look.shift, look.ended ? Role::dim : Role::text);
        if (at == state.look.cursor) {
            frame.select(0, kTop + row, frame.width());
        }
    }
}

void draw(Frame& frame, const Scene& scene) {
    const LookState& state = scene.state.look;
    const ProcessLook* look = look_on(scene);
    frame.put(1, 0, fmt::format("{} of {} ({})", title_of(state.topic.kind), state.comm, state.topic.tgid),
              Role::strong);
    if (look == nullptr) {
        frame.put(1, kTop, "not read yet", Role::dim);
        return;
    }
    const int rows = table_rows(scene.state, frame.width(), frame.height());
    const std::size_t last = std::min(state.scroll + static_cast<std::size_t>(rows), look->rows.size());
    if (!look->rows.empty()) {
        const std::string more = look->left_out > 0 ? fmt::format(", {} more are not listed", look->left_out) : "";
        frame.put_right(frame.width() - 1, 0, frame.width() / 2,
                        fmt::format("{}-{} of {}{}", state.scroll + 1, last, look->rows.size(), more), Role::dim);
    }
    if (look->ended) {
        frame.put(1, 1, "the process has ended: as it was last read", Role::warn);
    } else if (!look->problem.empty()) {
        frame.put(1, 1, look->problem, Role::warn);
    }
    if (look->rows.empty()) {
        const bool is_known = look->problem.empty() && !look->ended;
        frame.put(1, kTop, is_known ? nothing_of(state.topic.kind) : "", Role::dim);
        return;
    }
    draw_table(frame, scene.state, *look, rows);
}

bool matches(const std::vector<std::string>& row, std::string_view search) {
    return std::ranges::any_of(row, [&](const std::string& cell) { return contains_ignoring_case(cell, search); });
}

void find(LookState& state, const ProcessLook& look) {
    const std::size_t size = look.rows.size();
    state.not_found = true;
    for (std::size_t step = state.find_from_here ? 0 : 1; step <= size && size > 0; ++step) {
        const std::size_t at = (state.find > 0 ? state.cursor + step : state.cursor + size - step % size) % size;
        if (matches(look.rows[at], state.search)) {
            state.cursor = at;
            state.not_found = false;
            break;
        }
    }
}

void note(ViewState& view, const Scene& scene, int width, int height) {
    LookState& state = view.look;
    const ProcessLook* look = look_on(scene);
    if (look == nullptr) {
        return;
    }
    state.rows = look->rows.size();
    state.rows_shown = static_cast<std::size_t>(std::max(table_rows(view, width, height), 1));
    state.cursor = std::min(state.cursor, state.rows > 0 ? state.rows - 1 : 0);
    if (state.find != 0) {
        if (!state.search.empty()) {
            find(state, *look);
        } else {
            state.not_found = false;
        }
        state.find = 0;
        state.find_from_here = false;
    }
    state.scroll = std::min(state.scroll, state.rows - std::min(state.rows_shown, state.rows));
    state.scroll = std::min(state.scroll, state.cursor);
    if (state.cursor >= state.scroll + state.rows_shown) {
        state.scroll = state.cursor - state.rows_shown + 1;
    }
}

void move(KeyPress& press, CursorMove move) {
    LookState& state = press.state.look;
    state.cursor = moved(state.cursor, state.rows - std::min<std::size_t>(state.rows, 1), state.rows_shown, move);
}

template <int kCells>
void shift(KeyPress& press) {
    press.state.look.shift = std::max(press.state.look.shift + kCells, 0);
}

template <int kStep>
void search_again(KeyPress& press) {
    LookState& state = press.state.look;
    if (state.search.empty()) {
        press.warn("nothing was searched for yet: / searches");
        return;
    }
    state.find = kStep;
}

void open_search(KeyPress& press) {
    open_menu(press.state, kLookSearchPrompt);
}

void search(KeyPress& press) {
    LookState& state = press.state.look;
    state.search = press.state.menu.prompt;
    state.find = 1;
    state.find_from_here = true;
}

bool type_search(KeyPress& press) {
    return type_in_prompt(press, {.most = kMaxSearch, .changed = search});
}

void draw_search(Frame& frame, const Scene& scene) {
    const LookState& state = scene.state.look;
    draw_prompt(frame, scene, "Search: ", state.not_found && !state.search.empty() ? "   not found" : "");
}

void close(KeyPress& press) {
    close_page(press.state);
}

/// A line: selects it.
bool click(KeyPress& press) {
    LookState& state = press.state.look;
    const int row = press.event.y - kTop;
    if (press.event.key != Key::click || row < 0 || static_cast<std::size_t>(row) >= state.rows_shown) {
        return false;
    }
    state.cursor = std::min(state.scroll + static_cast<std::size_t>(row), state.rows > 0 ? state.rows - 1 : 0);
    return true;
}

/// On this page: the same process.
template <LookKind kKind>
void turn_to(KeyPress& press) {
    LookState& state = press.state.look;
    if (state.topic.kind != kKind) {
        LookState fresh;
        fresh.topic = state.topic;
        fresh.topic.kind = kKind;
        fresh.comm = state.comm;
        state = std::move(fresh);
    }
}

std::optional<LookTopic> topic_of(const ViewState& state) {
    return state.look.topic;
}

/// Of the thread that is shown, else of the row under the cursor; null: of none.
const ProcessRow* chosen_process(const ViewState& state, const Report& report) {
    if (const std::optional<ThreadKey> thread = thread_on(state)) {
        const ThreadRow* row = find_row(report, *thread);
        return row != nullptr ? &report.processes[row->process] : nullptr;
    }
    const std::optional<RowRef> row = current_row(state, report);
    return row && row->group == nullptr ? row->process : nullptr;
}

void look_at(KeyPress& press, LookKind kind) {
    const ProcessRow* chosen = chosen_process(press.state, press.report);
    if (chosen == nullptr) {
        press.warn("no thread or process is selected");
        return;
    }
    const ProcessRow& process = *chosen;
    const Thread& leader = *process.leader;
    if (leader.kernel) {
        press.warn(fmt::format("{} ({}) is a kernel thread: it has no files, environment or file locks of a process",
                               comm_of(leader), leader.tid));
        return;
    }
    if (leader.tid != process.tgid) {
        press.warn(fmt::format("the main thread of {} ({}) is not seen", comm_of(leader), process.tgid));
        return;
    }
    LookState& state = press.state.look;
    state = LookState{};
    state.topic = {kind, process.tgid, leader.start_time_ns};
    state.comm = comm_of(leader);
    open_page(press.state, kLookPage);
}

constexpr std::string_view kGroup = "Looking closer";

constexpr std::array kOwnKeys = std::to_array<KeyBinding>({
    {{special(Key::escape), special(Key::backspace), control(U'O'), special(Key::enter)}, close, kGroup, "", "Back"},
    {{special(Key::f3), letter(U'/')}, open_search, kGroup, "search in all columns", "Search"},
    {{letter(U'n')}, search_again<1>, kGroup, "next match", "Next"},
    {{letter(U'N')}, search_again<-1>, kGroup, "previous match"},
    {{special(Key::right)}, shift<kShiftStep>, kGroup, "the rest of long lines", "Right"},
    {{special(Key::left)}, shift<-kShiftStep>, kGroup, "back to their beginning"},
    {{letter(U'l')}, turn_to<LookKind::files>, kGroup, "", "Files"},
    {{letter(U'e')}, turn_to<LookKind::environment>, kGroup, "", "Environment"},
    {{letter(U'x')}, turn_to<LookKind::locks>, kGroup, "", "Locks"},
});

constexpr auto kKeys = concat(kOwnKeys, move_keys<move>(), std::array{kHelpKey}, kPaceKeys, kProgramKeys);

constexpr std::array kReplayBar = std::to_array<KeyEvent>({
    special(Key::escape),
    letter(U' '),
    special(Key::f10),
    special(Key::f3),
    special(Key::f1),
});
constexpr std::array kBar = std::to_array<KeyEvent>({
    special(Key::escape),
    special(Key::f10),
    special(Key::f3),
    letter(U'n'),
    special(Key::right),
    letter(U'l'),
    letter(U'e'),
    letter(U'x'),
    letter(U'z'),
    special(Key::f1),
});

}  // namespace

constinit const Page kLookPage{
    .name = "look at a process",
    .keys = kKeys,
    .bar = kBar,
    .replay_bar = kReplayBar,
    .look = topic_of,
    .draw = draw,
    .note = note,
    .click = click,
};

constinit const Page kLookSearchPrompt{
    .name = "search in a look",
    .kind = PageKind::overlay,
    .draw_bottom = draw_search,
    .type = type_search,
};

void look_at_files(KeyPress& press) {
    look_at(press, LookKind::files);
}

void look_at_environment(KeyPress& press) {
    look_at(press, LookKind::environment);
}

void look_at_locks(KeyPress& press) {
    look_at(press, LookKind::locks);
}

}  // namespace tsa
