// The table of keys, and what is derived from it: names, the bottom bar, the help page. Handling is in handle_key.cpp.
// htop's keys do here what they do there. Where two customs meet: h is help (htop), so hiding idle rows is i; k is the
// signal menu (htop), so vi's k moves up only in help and the drill-down (in menus letters select a line); + and - fold
// in the tree, in the drill-down they change the chart's scale, elsewhere the interval, which [ and ] do everywhere.
#include "tui/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/columns.h"
#include "tui/replay/replay.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr KeyEvent special(Key key) {
    return {key, 0, 0, 0};
}
constexpr KeyEvent letter(char32_t character) {
    return {Key::character, character, 0, 0};
}
constexpr KeyEvent control(char32_t character) {
    return {Key::character, character - U'@', 0, 0};
}

constexpr std::string_view kMoving = "Moving";
constexpr std::string_view kShowing = "What is shown";
constexpr std::string_view kSorting = "Sorting";
constexpr std::string_view kActing = "Acting";
constexpr std::string_view kDetail = "One thread";

std::vector<KeyBinding> moving_keys() {
    return {
        {Action::up, kMoving, "up", "", {special(Key::up), control('P')}},
        {Action::down, kMoving, "down", "", {special(Key::down), letter('j'), control('N')}},
        {Action::page_up, kMoving, "a page up", "", {special(Key::page_up), control('B')}},
        {Action::page_down, kMoving, "a page down", "", {special(Key::page_down), control('F')}},
        {Action::first, kMoving, "the top row, whatever it is", "", {special(Key::home), letter('g')}},
        {Action::last, kMoving, "the last row", "", {special(Key::end), letter('G')}},
        {Action::follow, kMoving, "follow: the table scrolls with the selected row", "", {letter('F')}},
        {Action::search,
         kMoving,
         "search for a name; digits alone jump to a TID",
         "Search",
         {special(Key::f3), letter('/')}},
        {Action::search_next, kMoving, "next match", "", {letter('n')}},
        {Action::search_previous, kMoving, "previous match", "", {letter('N')}},
    };
}

std::vector<KeyBinding> showing_keys() {
    return {
        {Action::help, kShowing, "this page", "Help", {special(Key::f1), letter('?'), letter('h')}},
        {Action::columns, kShowing, "choose the columns", "Columns", {special(Key::f2), letter('S'), letter('C')}},
        {Action::filter,
         kShowing,
         "filter by name or TID as you type; a|b: either",
         "Filter",
         {special(Key::f4), letter('\\')}},
        {Action::tree, kShowing, "processes and their threads as a tree", "Tree", {special(Key::f5), letter('t')}},
        {Action::expand,
         kShowing,
         "tree: unfold; + in the list: longer interval; in a replay faster",
         "",
         {letter('+'), special(Key::right)}},
        {Action::collapse,
         kShowing,
         "tree: fold; - in the list: shorter interval; in a replay slower",
         "",
         {letter('-'), special(Key::left)}},
        {Action::fold_all, kShowing, "tree: fold or unfold all", "", {letter('*')}},
        {Action::processes, kShowing, "threads or processes", "", {letter('H')}},
        {Action::kernel_threads, kShowing, "kernel threads on or off", "", {letter('K')}},
        {Action::hide_idle, kShowing, "hide threads that only slept", "", {letter('i')}},
        {Action::held_up,
         kShowing,
         "only threads that are held up now: in D, zombies, and in any wait for 1 s",
         "",
         {letter('w')}},
        {Action::header, kShowing, "the header: with each CPU, brief, as it was", "", {letter('m')}},
        {Action::user, kShowing, "only one user's", "", {letter('u')}},
        {Action::pause, kShowing, "pause: nothing is collected", "", {letter('z'), letter('Z')}},
        {Action::shorter, kShowing, "shorter interval", "", {letter('[')}},
        {Action::longer, kShowing, "longer interval", "", {letter(']')}},
        {Action::redraw, kShowing, "draw the screen anew", "", {control('L')}},
        {Action::back, kShowing, "back; in the table: clear the filters, then the tags", "", {special(Key::escape)}},
    };
}

std::vector<KeyBinding> other_keys() {
    return {
        {Action::sort_menu,
         kSorting,
         "choose what to sort by",
         "Sort",
         {special(Key::f6), letter('<'), letter('>'), letter(','), letter('.')}},
        {Action::invert, kSorting, "the other way round", "", {letter('I')}},
        {Action::sort_latency, kSorting, "by time lost to waiting", "", {letter('L')}},
        {Action::sort_exec, kSorting, "by exec: time on a CPU", "", {letter('P')}},
        {Action::sort_memory, kSorting, "by resident memory", "", {letter('M')}},
        {Action::sort_time, kSorting, "by time on a CPU since first seen", "", {letter('T')}},
        {Action::sort_io, kSorting, "by bytes read and written", "", {letter('O')}},
        {Action::tag, kActing, "tag the row", "", {letter(' ')}},
        {Action::tag_group, kActing, "tag the row's whole process", "", {letter('c')}},
        {Action::untag, kActing, "untag all", "", {letter('U')}},
        {Action::nice_down, kActing, "nice - 1: higher priority", "Nice-", {special(Key::f7)}},
        {Action::nice_up, kActing, "nice + 1: lower priority", "Nice+", {special(Key::f8)}},
        {Action::signal,
         kActing,
         "send a signal to the processes of the tagged rows, else of the selected one",
         "Signal",
         {special(Key::f9), letter('k'), special(Key::del)}},
        {Action::quit, kActing, "quit", "Quit", {special(Key::f10), letter('q'), control('C')}},
        {Action::record, kActing, "record to files what the screens see; once more ends it", "", {letter('R')}},
        {Action::accounting, kActing, "switch the kernel's delay accounting on: asks first", "", {letter('A')}},
        {Action::drill_down, kDetail, "why is this thread slow: opens it", "", {special(Key::enter)}},
        {Action::next_thread, kDetail, "next thread of the process", "", {special(Key::tab)}},
        {Action::previous_thread, kDetail, "previous thread of the process", "", {special(Key::back_tab)}},
    };
}

std::vector<KeyBinding> detail_keys() {
    return {
        {Action::earlier, kDetail, "an earlier moment of the chart is read out", "", {special(Key::left), letter(',')}},
        {Action::later,
         kDetail,
         "a later one; beyond the right end, or Esc: the newest again",
         "",
         {special(Key::right), letter('.')}},
        {Action::oldest_moment, kDetail, "the oldest moment", "", {special(Key::home), letter('g')}},
        {Action::newest_moment, kDetail, "the newest one, and stay with it", "", {special(Key::end), letter('G')}},
        {Action::finer, kDetail, "the chart in more detail, of less time", "", {letter('+'), letter('=')}},
        {Action::coarser, kDetail, "the chart of more time", "", {letter('-')}},
        {Action::up, kDetail, "scroll its waits up", "", {special(Key::up), letter('k'), control('P')}},
        {Action::down, kDetail, "scroll its waits down", "", {special(Key::down), letter('j'), control('N')}},
        {Action::turn_page, kDetail, "all its states in numbers, and back", "", {letter('v')}},
        {Action::threads_of_process, kDetail, "list the threads of its process", "", {letter('t')}},
        {Action::back, kDetail, "back to the list", "", {special(Key::backspace)}},
    };
}

std::string_view special_name(Key key) {
    static constexpr std::array<std::string_view, 34> kNames{
        "",    "",          "Up",        "Down", "Left",   "Right", "PgUp", "PgDn", "Home", "End", "Enter", "Esc",
        "Tab", "Shift-Tab", "Backspace", "Del",  "F1",     "F2",    "F3",   "F4",   "F5",   "F6",  "F7",    "F8",
        "F9",  "F10",       "F11",       "F12",  "Insert", "",      "",     "",     "",     ""};
    return kNames[static_cast<std::size_t>(key)];
}

}  // namespace

std::span<const KeyBinding> key_table() {
    static const std::vector<KeyBinding> kTable = [] {
        std::vector<KeyBinding> table = moving_keys();
        for (auto& part : {showing_keys(), other_keys()}) {
            table.insert(table.end(), part.begin(), part.end());
        }
        return table;
    }();
    return kTable;
}

std::string key_name(const KeyEvent& key) {
    if (key.key != Key::character) {
        return std::string(special_name(key.key));
    }
    if (key.character == U' ') {
        return "Space";
    }
    std::string name;
    if (key.character < 0x20) {
        name = "Ctrl-";
        append_utf8(name, key.character + U'@');
    } else {
        append_utf8(name, key.character);
    }
    return name;
}

std::span<const KeyBinding> detail_key_table() {
    static const std::vector<KeyBinding> kTable = detail_keys();
    return kTable;
}

Action action_of(const KeyEvent& event, bool in_detail) {
    const auto find = [&](std::span<const KeyBinding> table) {
        for (const KeyBinding& binding : table) {
            for (const KeyEvent& key : binding.keys) {
                if (key.key == event.key && key.character == event.character) {
                    return binding.action;
                }
            }
        }
        return Action::none;
    };
    const Action own = in_detail ? find(detail_key_table()) : Action::none;
    return own != Action::none ? own : find(key_table());
}

std::vector<BarItem> bar_items(const ViewState& state, int width) {
    static constexpr std::array kTable = std::to_array<BarItem>({
        {special(Key::f1), "F1", "Help"},
        {special(Key::f2), "F2", "Cols"},
        {special(Key::f3), "F3", "Search"},
        {special(Key::f4), "F4", "Filter"},
        {special(Key::f5), "F5", "Tree"},
        {special(Key::f6), "F6", "Sort"},
        {special(Key::f7), "F7", "Nice-"},
        {special(Key::f8), "F8", "Nice+"},
        {special(Key::f9), "F9", "Signal"},
        {special(Key::f10), "F10", "Quit"},
        {special(Key::enter), "Enter", "Thread"},
        {letter('H'), "H", "Processes"},
        {letter('i'), "i", "Hide idle"},
        {letter('w'), "w", "Held up"},
        {letter('K'), "K", "Kernel"},
        {letter('z'), "z", "Pause"},
        {letter('['), "[", "Faster"},
        {letter(']'), "]", "Slower"},
        {letter('m'), "m", "Header"},
    });
    static constexpr std::array kDetailBar = std::to_array<BarItem>({
        {special(Key::escape), "Esc", "Back"},
        {special(Key::tab), "Tab", "Next"},
        {special(Key::left), "Left", "Moment"},
        {letter('v'), "v", "States"},
        {letter('t'), "t", "Threads"},
        {special(Key::f1), "F1", "Help"},
        {letter('z'), "z", "Pause"},
        {letter('A'), "A", "Accounting"},
        {special(Key::f10), "F10", "Quit"},
        {special(Key::f9), "F9", "Signal"},
        {special(Key::back_tab), "S-Tab", "Prev"},
        {letter('+'), "+", "Zoom"},
        {letter('['), "[", "Faster"},
        {letter(']'), "]", "Slower"},
    });
    const std::span<const BarItem> live =
        state.detail ? std::span<const BarItem>(kDetailBar) : std::span<const BarItem>(kTable);
    const std::span<const BarItem> all = state.replay ? replay_bar(state.detail.has_value()) : live;
    std::vector<BarItem> out;
    int x = 0;
    // On a narrow bar F10 stays, at the cost of those before it; what comes after it needs all of them to fit.
    const int quit_width = 8;
    bool all_fit = true;
    bool has_quit = false;
    for (const BarItem& item : all) {
        const int needed = static_cast<int>(item.name.size() + item.label.size()) + 1;
        const bool quits = item.key.key == Key::f10;
        const int reserve = quits || has_quit ? 0 : quit_width;
        if (x + needed + reserve > width + 1 || (!quits && !all_fit)) {
            all_fit = false;
            continue;
        }
        has_quit = has_quit || quits;
        out.push_back(item);
        out.back().x = x;
        out.back().width = needed;
        x += needed;
    }
    return out;
}

namespace {

/// Names of a binding's keys; in a replay without those that mean something else there. Empty: it has none.
std::string names_of(const KeyBinding& binding, bool in_replay) {
    const bool own = binding.action >= Action::play;
    std::string names;
    for (const KeyEvent& key : binding.keys) {
        if (own || !in_replay || (!is_live_only(binding.action) && replay_action_of(key) == Action::none)) {
            names += (names.empty() ? "" : " ") + key_name(key);
        }
    }
    return names;
}

}  // namespace

std::vector<HelpLine> help_lines(bool in_replay) {
    std::vector<HelpLine> out;
    out.push_back({"States of a thread: it is always in exactly one, and they add up to its whole time", "", {}, true});
    for (const StateInfo& state : state_table()) {
        out.push_back({std::string(state.head), fmt::format("{}: {}", state.label, state.meaning), state.state, false});
    }
    static constexpr std::array<std::array<std::string_view, 2>, 4> kMarks{{
        {"·  .", "measured, and nothing"},
        {"-", "not measured"},
        {"≥  >", "at least: the wait began before it was watched"},
        {"!", "behind the temperature: the CPUs were slowed down by heat or a limit of power, in the last 10 s"},
    }};
    for (const auto& [mark, meaning] : kMarks) {
        out.push_back({std::string(mark), std::string(meaning), {}, false});
    }
    std::string_view group;
    const std::span<const KeyBinding> first = in_replay ? replay_key_table() : std::span<const KeyBinding>{};
    for (const std::span<const KeyBinding> table : {first, key_table(), detail_key_table()}) {
        for (const KeyBinding& binding : table) {
            std::string names = names_of(binding, in_replay);
            if (names.empty()) {
                continue;
            }
            if (binding.group != group) {
                group = binding.group;
                out.push_back({"", "", {}, false});
                out.push_back({std::string(group), "", {}, true});
            }
            out.push_back({std::move(names), std::string(binding.what), {}, false});
        }
    }
    static constexpr std::array<std::array<std::string_view, 2>, 4> kMenuKeys{{
        {"digits letters", "in a menu: select a line by its number or the beginning of its name"},
        {"Backspace", "removes the last of them"},
        {"Enter  click", "in a menu: picks the line; a click beside the menu closes it, as Esc does"},
        {"Space  Ctrl-R", "in the menu of columns: shows or hides a column; restores the default columns"},
    }};
    out.push_back({"", "", {}, false});
    out.push_back({"Menus", "", {}, true});
    for (const auto& [keys, what] : kMenuKeys) {
        out.push_back({std::string(keys), std::string(what), {}, false});
    }
    out.push_back({"", "", {}, false});
    out.push_back(
        {"mouse",
         fmt::format("a click selects a row, sorts by a head, {}or presses a key of the bar; the wheel scrolls",
                     in_replay ? "goes to a moment of the strip, " : ""),
         {},
         false});
    return out;
}

std::vector<SortChoice> sort_choices(bool in_replay) {
    std::vector<SortChoice> out{{kSortLatency, "LOST", "time lost to waiting: every state but exec, sleep, idle"},
                                {kSortExecTotal, "total EXEC", "time on a CPU since first seen"},
                                {kSortIo, "I/O", "bytes read and written"}};
    for (const Column& column : columns()) {
        if (column.key != kSortLatency) {
            out.push_back({column.key, column.head, column.help});
        }
    }
    if (in_replay) {
        std::erase_if(out, [](const SortChoice& choice) { return choice.key == kSortExecTotal; });
    }
    return out;
}

}  // namespace tsa
