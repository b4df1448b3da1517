// SPDX-License-Identifier: MIT
// The overview as a page: its keys and clicks. htop's keys do the same here. Where conventions conflict: h is help
// (htop), so hiding idle rows is i; k is the signal menu (htop), so vi's k moves up only on the help page and on the
// page of a thread (in menus letters select a line); + and - fold in the tree, on the page of a thread they change the
// chart's scale, elsewhere the interval, which [ and ] do everywhere.
#include "tui/look/page.h"
#include "tui/overview/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/concat.h"
#include "model/wait_labels.h"
#include "tui/common_keys.h"
#include "tui/menus/menus.h"
#include "tui/overview/condition.h"
#include "tui/overview/layout.h"
#include "tui/overview/row_keys.h"
#include "tui/process/part.h"
#include "tui/stack_times/page.h"
#include "tui/stacks/page.h"
#include "tui/thread/page.h"
#include "tui/wakers/page.h"

namespace tsa {
namespace {

constexpr std::string_view kNoTotalsInReplay =
    "a recording has no totals since a thread was first seen; P sorts by exec of the interval";

template <CursorMove kMove>
void move(KeyPress& press) {
    move_cursor(press.state, press.report, kMove);
}

template <CursorMove kMove>
void jump(KeyPress& press) {
    note_jump(press.state, press.report);
    move_cursor(press.state, press.report, kMove);
}

/// Opening a process or a group is a jump too.
void go_back(KeyPress& press) {
    if (jump_back(press.state, press.report)) {
        return;
    }
    if (press.state.overview.tgid) {
        leave_process(press.state, press.report);
    } else if (press.state.overview.group) {
        leave_group(press.state, press.report);
    } else {
        press.state.message = "no earlier row to go back to";
    }
}

void select_range(KeyPress& press) {
    toggle_visual(press.state, press.report);
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
void invert(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    sort_rows_by(overview, std::string(overview.sort_key), !overview.descending);
}
constexpr std::string_view kSortExec = "exec_ns";
constexpr std::string_view kSortMemory = "rss_bytes";

/// The list, processes with their threads, processes below their parents.
void walk_trees(KeyPress& press) {
    const RowMode mode = press.state.overview.mode;
    const bool one_process = press.state.overview.tgid.has_value();
    RowMode next = RowMode::tree;
    if (mode == RowMode::tree) {
        next = one_process ? RowMode::threads : RowMode::parents;
    } else if (mode == RowMode::parents) {
        next = RowMode::threads;
    }
    set_mode(press.state, press.report, next);
}

/// Threads, processes, groups, and threads again. Within a group there are no groups.
void walk_modes(KeyPress& press) {
    const OverviewState& overview = press.state.overview;
    RowMode next = RowMode::processes;
    if (overview.mode == RowMode::processes) {
        next = overview.group || overview.tgid ? RowMode::threads : RowMode::groups;
    } else if (overview.mode == RowMode::groups) {
        next = RowMode::threads;
    }
    set_mode(press.state, press.report, next);
}

void turn_groups(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    if (overview.mode == RowMode::groups) {
        // Processes have another key: H.
        const auto next = (static_cast<std::size_t>(overview.by) + 1) % kGroupKeys.size();
        overview.by = kGroupKeys[std::max<std::size_t>(next, 1)].key;
        overview.selected.reset();
        overview.cursor = overview.scroll = 0;
    } else {
        overview.group.reset();
        set_mode(press.state, press.report, RowMode::groups);
    }
    press.state.message = fmt::format("groups by {}", info(overview.by).one);
}

void toggle_follow(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    const std::optional<RowRef> row = current_row(press.state, press.report);
    overview.follow = row && !overview.follow;
    if (overview.follow) {
        overview.selected = key_of(*row);
    }
}

// Unfolded, their line is at the top of the screen, if there are as many of them.
void show_ended(KeyPress& press, bool shown) {
    OverviewState& overview = press.state.overview;
    overview.show_ended = shown;
    if (shown) {
        overview.scroll = RowList(press.report, overview).living();
    }
}

// In the list, + and - are the same as ] and [.
template <bool kClosed>
void fold_or_pace(KeyPress& press) {
    if (is_on_ended_line(press.state, press.report)) {
        show_ended(press, !kClosed);
    } else if (press.state.overview.mode == RowMode::tree || press.state.overview.mode == RowMode::parents) {
        fold(press.state, press.report, kClosed);
    } else if (press.event.key == Key::character) {
        act_as(press, letter(kClosed ? U'[' : U']'));
    } else {
        say_does_nothing(press);
    }
}

void fold_all(KeyPress& press) {
    if (press.state.overview.mode != RowMode::tree && press.state.overview.mode != RowMode::parents) {
        say_does_nothing(press);
        return;
    }
    press.state.overview.folded.clear();
    press.state.overview.all_folded = !press.state.overview.all_folded;
}

// If there is no room for single CPUs, or no data on them, that step is skipped.
void turn_header(KeyPress& press) {
    HeaderMode& header = press.state.overview.header;
    if (header == HeaderMode::normal) {
        header = HeaderMode::with_cpus;
        if (layout_of(press.report, press.state, press.state.width, press.state.height).cpu_rows > 0) {
            return;
        }
    }
    header = header == HeaderMode::with_cpus ? HeaderMode::brief : HeaderMode::normal;
}

void toggle_wakers(KeyPress& press) {
    if (warn_of_missing_wakers(press)) {
        return;
    }
    OverviewState& overview = press.state.overview;
    std::vector<std::string>& shown = overview.columns_shown;
    std::vector<std::string>& hidden = overview.columns_hidden;
    std::erase(hidden, kWokenBy);
    if (std::erase(shown, kWokenBy) == 0) {
        shown.emplace_back(kWokenBy);
    }
}

void toggle_network(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    const bool shown = network_is_shown(press.state);
    for (const std::string_view key : kNetworkColumns) {
        std::erase(overview.columns_hidden, key);
        std::erase(overview.columns_shown, key);
        if (!shown) {
            overview.columns_shown.emplace_back(key);
        } else if (overview.sort_key == key) {
            sort_rows_by(overview, kSortLatency, true);
        }
    }
}

/// The column first, if it is not there; then its forms in turn.
void turn_command(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    const std::vector<PlacedColumn> columns = place_columns(overview, press.state.width);
    if (std::ranges::none_of(columns, [](const PlacedColumn& column) { return column.kind == CellKind::command; })) {
        std::erase(overview.columns_hidden, kCommandLine);
        std::erase(overview.columns_shown, kCommandLine);
        overview.columns_shown.emplace_back(kCommandLine);
        return;
    }
    switch (overview.command) {
        case CommandForm::line:
            overview.command = CommandForm::program;
            press.state.message = "command: the program's path";
            break;
        case CommandForm::program:
            overview.command = CommandForm::name;
            press.state.message = "command: the program's name";
            break;
        case CommandForm::name:
            overview.command = CommandForm::line;
            press.state.message = "command: the whole line";
            break;
    }
}

void columns_or_stacks(KeyPress& press) {
    if (!press.state.overview.tgid) {
        open_column_menu(press);
    } else {
        open_process_stack_times(press.state);
    }
}

template <bool kForwards>
void walk(KeyPress& press) {
    walk_screens(press, kForwards);
}

void tag(KeyPress& press) {
    if (press.state.overview.visual) {
        press.state.overview.visual.reset();
        return;
    }
    if (const auto row = current_row(press.state, press.report)) {
        toggle_tag(press.state, key_of(*row));
        move_cursor(press.state, press.report, CursorMove::down);
    }
}

void tag_group(KeyPress& press) {
    tag_process(press.state, press.report);
}

void untag(KeyPress& press) {
    press.state.overview.tagged.clear();
}

void clear_filters(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    if (overview.visual) {
        overview.tagged = overview.visual->tagged_before;
        overview.visual.reset();
    } else if (overview.tgid) {
        leave_process(press.state, press.report);
    } else if (overview.group) {
        leave_group(press.state, press.report);
    } else if (!overview.filter.empty() || overview.uid || overview.hide_idle || overview.held_up ||
               !overview.kernel_threads) {
        overview.filter.clear();
        overview.condition.reset();
        overview.uid.reset();
        overview.hide_idle = false;
        overview.held_up = false;
        overview.kernel_threads = true;
    } else {
        overview.tagged.clear();
        overview.follow = false;
    }
}

/// Of a process: its most delayed thread, without one its main thread.
const Thread& thread_to_open(const RowRef& row, const Report& report) {
    if (row.thread != nullptr || row.process->threads <= 1) {
        return thread_of(row);
    }
    const Thread* worst = row.process->leader;
    std::uint64_t most_ns = 0;
    for (const ThreadRow& thread : report.threads) {
        if (thread.now->tgid == row.process->tgid && shown_delay_ns(report, thread) > most_ns) {
            most_ns = shown_delay_ns(report, thread);
            worst = thread.now;
        }
    }
    return *worst;
}

void open_row(KeyPress& press) {
    if (is_on_ended_line(press.state, press.report)) {
        show_ended(press, !press.state.overview.show_ended);
    } else if (const std::optional<RowRef> row = current_row(press.state, press.report)) {
        if (row->group != nullptr) {
            open_group(press.state, *row->group);
        } else if (row->thread == nullptr && row->process->threads > 1) {
            open_process(press.state, row->process->tgid);
        } else {
            open_thread(press.state, key_of(thread_to_open(*row, press.report)), row->process->tgid);
        }
    }
}

void show_stack(KeyPress& press) {
    if (const std::optional<RowRef> row = current_row(press.state, press.report); row && row->group == nullptr) {
        open_stack_of(press.state, key_of(thread_to_open(*row, press.report)), row->process->tgid);
    } else {
        say_does_nothing(press);
    }
}

bool type_digits(KeyPress& press) {
    const KeyEvent& event = press.event;
    if (event.key == Key::character && event.character >= U'0' && event.character <= U'9') {
        type_digit(press.state, press.report, static_cast<char>(event.character));
        return true;
    }
    press.state.overview.digits.clear();
    return false;
}

/// On the head of the sorted column: the other way round.
void click_head(KeyPress& press, std::string_view key) {
    OverviewState& overview = press.state.overview;
    if (key == kSortExecTotal && press.state.replay) {
        press.warn(std::string(kNoTotalsInReplay));
    } else if (overview.sort_key == key) {
        sort_rows_by(overview, key, !overview.descending);
    } else {
        sort_rows_by(overview, key, sorts_down(key));
    }
}

bool click(KeyPress& press) {
    ViewState& state = press.state;
    const KeyEvent& event = press.event;
    const Layout layout = layout_of(press.report, state, state.width, state.height);
    if (event.y == layout.head_y) {
        for (const PlacedColumn& column : place_columns(state.overview, state.width)) {
            if (column.sortable() && event.x >= column.x && event.x < column.x + column.width) {
                click_head(press, column.key);
            }
        }
    } else if (event.y >= layout.table_y && event.y < layout.table_y + layout.table_rows) {
        const std::optional<RowKey> before = state.overview.selected;
        RowList list(press.report, state.overview);
        state.overview.scroll = place(list, state.overview, page_rows(state, press.report)).scroll;
        const std::size_t at = state.overview.scroll + static_cast<std::size_t>(event.y - layout.table_y);
        select_row(state, list, at, press.report);
        if (at < list.size() && before && before == state.overview.selected) {
            open_row(press);  // a second click
        }
    }
    return true;
}

std::vector<ThreadKey> shown_threads(const ViewState& state, const Report& report) {
    std::vector<ThreadKey> out;
    RowList list(report, state.overview);
    const std::size_t page = std::min(page_rows(state, report), kMaxDelayRows);
    for (const RowRef& row : list.rows(place(list, state.overview, page).scroll, page)) {
        if (!row.is_ended_line() && row.group == nullptr && (row.thread != nullptr || row.process->threads == 1)) {
            out.push_back(key_of(thread_of(row)));
        }
    }
    return out;
}

// Rows are queried only while a column needs them: sorting them again costs as much as drawing them.
std::vector<std::uint32_t> shown_processes(const ViewState& state, const Report& report) {
    std::vector<std::uint32_t> out;
    if (!shows_facts(state.overview, state.width) && !process_times_are_shown(state)) {
        return out;
    }
    RowList list(report, state.overview);
    const std::size_t page = std::min(page_rows(state, report), kMaxDelayRows);
    for (const RowRef& row : list.rows(place(list, state.overview, page).scroll, page)) {
        if (!row.is_ended_line() && row.group == nullptr) {
            out.push_back(thread_of(row).tgid);
        }
    }
    return out;
}

/// A filter, a search and an order need all of them.
bool needs_all_facts(const ViewState& state) {
    const OverviewState& overview = state.overview;
    const Page* overlay = overlay_of(state);
    const bool is_prompting = overlay == &kSearchPrompt || overlay == &kFilterPrompt;
    const bool sorted =
        std::ranges::find(process_columns(), overview.sort_key, &Column::key) != process_columns().end();
    return filter_needs_facts(overview) || !overview.search.empty() || sorted || is_prompting || overview.group ||
           overview.mode == RowMode::groups;
}

std::vector<std::string> shown_cgroups(const ViewState& state, const Report& report) {
    std::vector<std::string> out;
    if (state.overview.mode != RowMode::groups || !needs_places(state.overview.by)) {
        return out;
    }
    RowList list(report, state.overview);
    const std::size_t page = std::min(page_rows(state, report), kMaxDelayRows);
    for (const RowRef& row : list.rows(place(list, state.overview, page).scroll, page)) {
        if (row.group != nullptr && !row.group->cgroup().empty()) {
            out.emplace_back(row.group->cgroup());
        }
    }
    return out;
}

std::vector<ThreadKey> delay_rows(const ViewState& state, const Report& report) {
    const std::vector<PlacedColumn> columns = place_columns(state.overview, state.width);
    const bool wanted = std::ranges::any_of(
        columns, [](const PlacedColumn& column) { return column.key.starts_with(kTaskstatsPrefix); });
    std::vector<ThreadKey> out;
    if (!wanted) {
        return out;
    }
    RowList list(report, state.overview);
    const std::size_t page = std::min(page_rows(state, report), kMaxDelayRows);
    for (const RowRef& row : list.rows(place(list, state.overview, page).scroll, page)) {
        if (row.thread != nullptr) {
            out.push_back(key_of(*row.thread->now));
        }
    }
    return out;
}

bool shows_wakers(const ViewState& state) {
    return std::ranges::any_of(place_columns(state.overview, state.width),
                               [](const PlacedColumn& column) { return column.kind == CellKind::waker; });
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
     fold_or_pace<false>,
     kShowing,
     "tree: unfold; + in the list: longer interval; in a replay faster"},
    {{letter(U'-'), special(Key::left)},
     fold_or_pace<true>,
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
     "only threads that are blocked now: in D, zombies, and in any wait for 1 s",
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

void toggle_fold(KeyPress& press) {
    const std::optional<RowRef> row = current_row(press.state, press.report);
    if (row && row->group == nullptr) {
        const OverviewState& overview = press.state.overview;
        const bool listed = std::ranges::find(overview.folded, row->process->tgid) != overview.folded.end();
        fold(press.state, press.report, listed == overview.all_folded);
    }
}

void fold_all_rows(KeyPress& press, bool closed) {
    press.state.overview.folded.clear();
    press.state.overview.all_folded = closed;
}

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
