// SPDX-License-Identifier: MIT
// See page.h: the keys of the page, and the prompt of its search.
#include "tui/stack_times/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/concat.h"
#include "tui/common_keys.h"
#include "tui/menus/menu.h"
#include "tui/menus/prompt.h"
#include "tui/stack_times/draw.h"
#include "tui/stacks/page.h"

namespace tsa {
namespace {

constexpr std::size_t kMaxSearch = 64;

void select_row(StackTimesState& state, std::size_t row) {
    state.cursor = std::min(row, state.rows.empty() ? 0 : state.rows.size() - 1);
    state.selected = state.rows.empty() ? 0 : state.rows[state.cursor].id;
}

void move(KeyPress& press, CursorMove move) {
    StackTimesState& state = press.state.stack_times;
    const std::size_t rows = state.rows.size();
    select_row(state, moved(state.cursor, rows - std::min<std::size_t>(rows, 1), state.rows_shown, move));
}

void fold(KeyPress& press) {
    StackTimesState& state = press.state.stack_times;
    if (state.cursor >= state.rows.size() || !state.rows[state.cursor].can_fold) {
        return;
    }
    const std::uint64_t id = state.rows[state.cursor].id;
    if (std::erase(state.folded, id) == 0) {
        state.folded.push_back(id);
    }
}

void change_order(KeyPress& press) {
    StackTimesState& state = press.state.stack_times;
    state.order = state.order == StackOrder::callers_first ? StackOrder::callees_first : StackOrder::callers_first;
    state.folded.clear();
}

/// All states, then each one that has any time.
template <int kStep>
void change_state(KeyPress& press) {
    StackTimesState& state = press.state.stack_times;
    const auto count = static_cast<std::ptrdiff_t>(state.states.size()) + 1;
    std::ptrdiff_t at = 0;
    if (state.only) {
        at = std::ranges::find(state.states, *state.only) - state.states.begin() + 1;
    }
    at = (at + kStep + count) % count;
    state.only = at == 0 ? std::nullopt : std::optional(state.states[static_cast<std::size_t>(at) - 1]);
}

void find_next(KeyPress& press) {
    if (press.state.stack_times.search.empty()) {
        press.warn("nothing was searched for yet: / searches");
        return;
    }
    press.state.stack_times.find_next = true;
}

void open_search(KeyPress& press) {
    open_menu(press.state, kStackSearchPrompt);
}

void search(KeyPress& press) {
    StackTimesState& state = press.state.stack_times;
    state.search = press.state.menu.prompt;
    state.find_next = state.find_from_here = true;
}

bool type_search(KeyPress& press) {
    return type_in_prompt(press, {.most = kMaxSearch, .changed = search});
}

void draw_search(Frame& frame, const Scene& scene) {
    const StackTimesState& state = scene.state.stack_times;
    const bool found = state.search.empty() || std::ranges::any_of(state.rows, &StackRowNote::matches);
    draw_prompt(frame, scene, "Search: ", found ? "" : "   not found");
}

void show_stack(KeyPress& press) {
    close_page(press.state);
    open_stack(press.state);
}

void close(KeyPress& press) {
    close_page(press.state);
}

std::optional<ThreadKey> thread_of_page(const ViewState& state) {
    return state.thread.key;
}

constexpr std::string_view kGroup = "Time by stack";

constexpr std::array kTreeKeys = std::to_array<KeyBinding>({
    {{special(Key::escape), special(Key::backspace), control(U'O'), letter(U'S')}, close, kGroup, "", "Back"},
    {{special(Key::right), letter(U'.')}, change_state<1>, kGroup, "show only one state, the next one", "State"},
    {{special(Key::left), letter(U',')}, change_state<-1>, kGroup, "show only one state, the previous one", ""},
    {{letter(U'c')}, change_order, kGroup, "from callers to callees, or from callees to callers", "Order"},
    {{special(Key::enter), letter(U'+'), letter(U'-')},
     fold,
     kGroup,
     "fold or unfold the functions under the cursor",
     "Fold"},
    {{special(Key::f3), letter(U'/')}, open_search, kGroup, "search for a function", "Search"},
    {{letter(U'n')}, find_next, kGroup, "the next row with what was searched for", ""},
});

constexpr std::array kThreadKeys = std::to_array<KeyBinding>({
    {{letter(U's')}, show_stack, kGroup, "the stack of its wait now", "Stack", kNoStacksInReplay},
});

constexpr auto kProcessKeys = concat(kTreeKeys, move_keys<move>(), std::array{kHelpKey}, kPaceKeys, kProgramKeys);
constexpr auto kKeys = concat(kTreeKeys, kThreadKeys, move_keys<move>(), std::array{kHelpKey}, kPaceKeys, kProgramKeys);

constexpr std::array kBar = std::to_array<KeyEvent>({
    special(Key::escape),
    special(Key::right),
    letter(U'c'),
    special(Key::enter),
    special(Key::f3),
    letter(U's'),
    special(Key::f1),
    letter(U'z'),
    special(Key::f10),
});
constexpr std::array kProcessBar = std::to_array<KeyEvent>({
    special(Key::escape),
    special(Key::right),
    letter(U'c'),
    special(Key::enter),
    special(Key::f3),
    special(Key::f1),
    letter(U'z'),
    special(Key::f10),
});
constexpr std::array kReplayBar = std::to_array<KeyEvent>({
    special(Key::escape),
    letter(U' '),
    special(Key::f10),
    letter(U'.'),
    letter(U'c'),
    special(Key::enter),
    special(Key::f3),
    special(Key::f1),
});

}  // namespace

constinit const Page kStackTimesPage{
    .name = "time by stack",
    .keys = kKeys,
    .bar = kBar,
    .replay_bar = kReplayBar,
    .thread = thread_of_page,
    .by_stack = true,
    .draw = draw_stack_times,
    .note = note_stack_times,
};

constinit const Page kProcessStackTimesPage{
    .name = "time of a process by stack",
    .keys = kProcessKeys,
    .bar = kProcessBar,
    .replay_bar = kReplayBar,
    .process_by_stack = true,
    .draw = draw_stack_times,
    .note = note_stack_times,
};

constinit const Page kStackSearchPrompt{
    .name = "search in stacks",
    .kind = PageKind::overlay,
    .draw_bottom = draw_search,
    .type = type_search,
};

void open_stack_times(KeyPress& press) {
    open_page(press.state, kStackTimesPage);
}

void open_process_stack_times(ViewState& state) {
    open_page(state, kProcessStackTimesPage);
}

}  // namespace tsa
