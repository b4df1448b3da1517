// SPDX-License-Identifier: MIT
// The overview as a page: its keys and clicks. htop's keys do the same here. Where conventions conflict: h is help
// (htop), so hiding idle rows is i; k is the signal menu (htop), so vi's k moves up only on the help page and on the
// page of a thread (in menus letters select a line); + and - fold in the tree, on the page of a thread they change the
// chart's scale, elsewhere the interval, which [ and ] do everywhere.
#include "tui/overview/page.h"

#include <array>

#include "base/concat.h"
#include "tui/common_keys.h"
#include "tui/look/page.h"
#include "tui/menus/menus.h"
#include "tui/overview/layout.h"
#include "tui/overview/needs.h"
#include "tui/overview/row_actions.h"
#include "tui/overview/row_keys.h"
#include "tui/overview/view_actions.h"
#include "tui/process/part.h"
#include "tui/stacks/page.h"
#include "tui/wakers/page.h"

namespace tsa {
namespace {

template <CursorMove kMove>
void move(KeyPress& press) {
    move_cursor(press.state, press.report, kMove);
}

template <CursorMove kMove>
void jump(KeyPress& press) {
    note_jump(press.state, press.report);
    move_cursor(press.state, press.report, kMove);
}

template <Key kKey>
void act_as_key(KeyPress& press) {
    press.event = special(kKey);
    act_as(press, press.event);
}

template <bool kBackwards>
void search_again(KeyPress& press) {
    if (press.state.overview.search.empty()) {
        press.warn("nothing was searched for yet: / searches");
        return;
    }
    search_from(press.state, press.report, kBackwards, false);
}

template <bool OverviewState::*kFlag>
void toggle(KeyPress& press) {
    bool& flag = press.state.overview.*kFlag;
    flag = !flag;
}

template <const std::string_view& kKey>
void sort_down_by(KeyPress& press) {
    sort_rows_by(press.state.overview, kKey, true);
}
constexpr std::string_view kSortExec = "exec_ns";
constexpr std::string_view kSortMemory = "rss_bytes";

template <bool kForwards>
void walk(KeyPress& press) {
    walk_screens(press, kForwards);
}

template <bool kClosed>
void fold_rows(KeyPress& press) {
    fold_or_pace(press, kClosed);
}

void draw(Frame& frame, const Scene& scene) {
    const Layout layout = layout_of(scene.report, scene.state, frame.width(), frame.height());
    draw_header(frame, scene);
    draw_process(frame, scene, layout.process_y, layout.process_rows);
    draw_table(frame, scene);
}

void note(ViewState& state, const Scene& scene, int width, int height) {
    state.overview.process_rows = process_rows(scene, width, most_process_rows(scene.report, state, width, height));
}

constexpr std::array kMovingKeys = std::to_array<KeyBinding>({
    {{special(Key::up), control(U'P')}, move<CursorMove::up>, kMoving, "up"},
    {{special(Key::down), letter(U'j'), control(U'N')}, move<CursorMove::down>, kMoving, "down"},
    {{special(Key::page_up), control(U'B')}, move<CursorMove::page_up>, kMoving, "a page up"},
    {{special(Key::page_down), control(U'F')}, move<CursorMove::page_down>, kMoving, "a page down"},
    {{control(U'U')}, move<CursorMove::half_up>, kMoving, "half a page up"},
    {{control(U'D')}, move<CursorMove::half_down>, kMoving, "half a page down"},
    {{special(Key::home), letter(U'g')}, jump<CursorMove::first>, kMoving, "the top row, and stay there"},
    {{special(Key::end), letter(U'G')}, jump<CursorMove::last>, kMoving, "the last row"},
    {{letter(U'F')}, toggle_follow, kMoving, "follow: the table scrolls with the selected row"},
    {{special(Key::f3), letter(U'/')},
     open_search,
     kMoving,
     "search for a name or command line; digits alone jump to a TID",
     "Search"},
    {{letter(U'n')}, search_again<false>, kMoving, "next match"},
    {{letter(U'N')}, search_again<true>, kMoving, "previous match"},
});

constexpr std::array kShowingKeys = std::to_array<KeyBinding>({
    kHelpKey,
    {{special(Key::f2), letter(U'C')}, open_column_menu, kShowing, "choose the columns", "Cols"},
    {{letter(U'S')},
     columns_or_stacks,
     kShowing,
     "as F2; on the page of a process: where its time goes by stack, from now on"},
    {{special(Key::f4), letter(U'\\')},
     open_filter,
     kShowing,
     "filter by name, command line, unit, container or TID as you type, a|b: either; or by an expression: exec > 10 "
     "and "
     "user = root, where Tab completes names",
     "Filter"},
    {{special(Key::f5), letter(U't')},
     walk_trees,
     kShowing,
     "processes and their threads as a tree; processes below their parents; the list",
     "Tree"},
    {{special(Key::tab)},
     walk<true>,
     kShowing,
     "next screen: each has rows, columns, order and filter; main, io, memory"},
    {{special(Key::back_tab)}, walk<false>, kShowing, "previous screen"},
    {{control(U'T')}, open_screen_menu, kShowing, "screens: go to one, add this view as one, remove one", "Screens"},
    {{letter(U'+'), special(Key::right)},
     fold_rows<false>,
     kShowing,
     "tree: unfold; + in the list: longer interval; in a replay faster"},
    {{letter(U'-'), special(Key::left)},
     fold_rows<true>,
     kShowing,
     "tree: fold; - in the list: shorter interval; in a replay slower"},
    {{letter(U'*')}, fold_all, kShowing, "tree: fold or unfold all"},
    {{letter(U'H')}, walk_modes, kShowing, "threads, processes, groups", "Processes"},
    {{letter(U'=')}, turn_groups, kShowing, "groups by unit, container, pod, cgroup, user, command", "Groups"},
    {{letter(U'K')}, toggle<&OverviewState::kernel_threads>, kShowing, "kernel threads on or off", "Kernel"},
    {{letter(U'i')}, toggle<&OverviewState::hide_idle>, kShowing, "hide threads that only slept", "Hide idle"},
    {{letter(U'w')},
     toggle<&OverviewState::held_up>,
     kShowing,
     "only threads that are blocked now: in D, zombies, or delayed for 1 s or longer",
     "Blocked"},
    {{letter(U'W')}, toggle_wakers, kShowing, "who woke each thread last, on or off", "Wakers"},
    {{letter(U'B')}, toggle_network, kShowing, "bytes received and sent through the network, on or off", "Network"},
    {{letter(U'r')},
     toggle<&OverviewState::past_bar>,
     kShowing,
     "the bar: this interval, or the last two minutes",
     "Recent"},
    {{letter(U'p')},
     turn_command,
     kShowing,
     "command lines: show them; whole, path of the program, its name",
     "Command"},
    {{letter(U'm')}, turn_header, kShowing, "the header: with each CPU, brief, as it was", "Header"},
    {{letter(U'u')}, open_user_menu, kShowing, "only one user's"},
});

constexpr std::array kSortingKeys = std::to_array<KeyBinding>({
    {{special(Key::escape)}, clear_filters, kShowing, "back; in the table: clear the filters, then the tags"},
    {{special(Key::f6), letter(U'<'), letter(U'>'), letter(U','), letter(U'.')},
     open_sort_menu,
     kSorting,
     "choose what to sort by",
     "Sort"},
    {{letter(U'I')}, invert, kSorting, "the other way round"},
    {{letter(U'L')},
     sort_down_by<kSortLatency>,
     kSorting,
     "by delay: time in which it was ready to continue and could not"},
    {{letter(U'P')}, sort_down_by<kSortExec>, kSorting, "by exec: time on a CPU"},
    {{letter(U'M')}, sort_down_by<kSortMemory>, kSorting, "by resident memory"},
    {{letter(U'T')},
     sort_down_by<kSortExecTotal>,
     kSorting,
     "by time on a CPU since first seen",
     "",
     kNoTotalsInReplay},
    {{letter(U'O')}, sort_down_by<kSortIo>, kSorting, "by bytes read and written per second"},
    {{letter(U' ')}, tag, kActing, "tag the row"},
    {{letter(U'V')}, select_range, kActing, "tag a range: move to its other end; Esc drops it, V or Space keeps it"},
    {{letter(U'c')}, tag_group, kActing, "tag the row's whole process"},
    {{letter(U'U')}, untag, kActing, "untag all"},
});

constexpr std::array kOpeningKeys = std::to_array<KeyBinding>({
    {{special(Key::enter)},
     open_row,
     kOneThread,
     "opens the thread or process: why is it slow; on the line of ended threads: lists them",
     "Open"},
    {{letter(U's')}, show_stack, kOneThread, "the stack of its wait: which code", "Stack", kNoStacksInReplay},
});

/// Where vi's conventions differ from htop's.
constexpr std::array kVimKeys = std::to_array<KeyBinding>({
    {{special(Key::up), letter(U'k'), control(U'P')}, move<CursorMove::up>, kMoving, "up"},
    {{letter(U'h')}, act_as_key<Key::left>, kMoving, "tree: fold"},
    {{letter(U'l')}, act_as_key<Key::right>, kMoving, "tree: unfold"},
    {{letter(U'g')},
     open_go_prefix,
     kMoving,
     "gg: the top row, and stay there; gl: open files and sockets; gu: only one user's rows; gU: untag all"},
    {{control(U'O')}, go_back, kMoving, "back to the row before the last jump; out of a process or group"},
    {{letter(U'z')},
     open_fold_prefix,
     kShowing,
     "zo zc za zR zM: open, close, toggle a fold of the tree; open, close all"},
    {{letter(U'Z')}, toggle_pause, kShowing, "pause: nothing is collected", "Pause"},
    {{letter(U'u')}, open_thaw_menu, kActing, "thaw the cgroup of the selected row: asks first", "", kRefusedInReplay},
    {{letter(U'U')}, thaw_at_once, kActing, "thaw it at once", "", kRefusedInReplay},
});

constexpr auto kKeys =
    concat(kMovingKeys, kShowingKeys, kPaceKeys, kSortingKeys, kRowKeys, kProgramKeys, kOpeningKeys, kLookKeys);

constexpr std::array kBar = std::to_array<KeyEvent>({
    special(Key::f1), special(Key::f2), special(Key::f3), special(Key::f4),  special(Key::f5),    special(Key::f6),
    special(Key::f7), special(Key::f8), special(Key::f9), special(Key::f10), special(Key::enter), letter(U's'),
    letter(U'H'),     letter(U'i'),     letter(U'w'),     letter(U'K'),      letter(U'W'),        letter(U'z'),
    letter(U'r'),     letter(U'['),     letter(U']'),     letter(U'p'),      letter(U'm'),        letter(U'='),
    letter(U'B'),     control(U'T'),
});
constexpr std::array kReplayBar = std::to_array<KeyEvent>({
    special(Key::f1), letter(U' '),        special(Key::left), special(Key::right), letter(U'x'),     letter(U'J'),
    letter(U']'),     special(Key::enter), special(Key::f10),  special(Key::f2),    special(Key::f3), special(Key::f4),
    special(Key::f5), special(Key::f6),    letter(U'f'),       letter(U'H'),        letter(U'='),     letter(U'i'),
    letter(U'w'),     letter(U'K'),        letter(U'p'),       letter(U'm'),        letter(U'='),
});

}  // namespace

constinit const Page kOverviewPage{
    .name = "overview",
    .keys = kKeys,
    .vim_keys = kVimKeys,
    .bar = kBar,
    .replay_bar = kReplayBar,
    .delay_rows = delay_rows,
    .shown_threads = shown_threads,
    .shown_processes = shown_processes,
    .needs_all_facts = needs_all_facts,
    .shown_cgroups = shown_cgroups,
    .shows_wakers = shows_wakers,
    .draw = draw,
    .note = note,
    .type = type_digits,
    .click = click,
};

}  // namespace tsa
