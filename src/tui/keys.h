// Keys: (ViewState, KeyEvent, Report, Machine) -> new ViewState and, sometimes, a Command for the caller. Pure: what is
// to be known of the machine comes in. One table says which key does what; the handler, the help page and the bottom
// bar are all made from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tui/view_state.h"

namespace tsa {

enum class Key : std::uint8_t {
    none,
    character,  ///< KeyEvent::character; control keys are characters below 0x20
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    enter,
    escape,
    tab,
    back_tab,
    backspace,
    del,
    f1,
    f2,
    f3,
    f4,
    f5,
    f6,
    f7,
    f8,
    f9,
    f10,
    f11,
    f12,
    insert,
    unnamed,  ///< the terminal has it, nothing here does
    click,    ///< at x, y
    wheel_up,
    wheel_down,
    resize,
};

struct KeyEvent {
    Key key = Key::none;
    char32_t character = 0;
    int x = 0, y = 0;

    bool operator==(const KeyEvent&) const = default;
};

/// What only the caller can do.
struct Command {
    enum class Kind : std::uint8_t {
        quit,
        set_interval,
        set_paused,
        send_signal,
        change_nice,
        redraw,
        toggle_recording,      ///< of what the screens see
        switch_accounting_on,  ///< delay accounting; put_back: as it was, when the program ends
    };
    Kind kind = Kind::quit;
    std::uint64_t interval_ms = 0;
    bool paused = false;
    int signal = 0;
    int nice_delta = 0;
    bool put_back = true;
    std::vector<Target> targets;
};

inline constexpr std::uint64_t kShortestIntervalMs = 16;
inline constexpr std::uint64_t kLongestIntervalMs = 60'000;

enum class Action : std::uint8_t {
    none,
    up,
    down,
    page_up,
    page_down,
    first,
    last,
    help,
    columns,
    search,
    search_next,
    search_previous,
    filter,
    tree,
    sort_menu,
    nice_down,
    nice_up,
    signal,
    quit,
    sort_latency,
    sort_exec,
    sort_memory,
    sort_time,
    sort_io,
    invert,
    processes,
    kernel_threads,
    hide_idle,
    held_up,
    header,
    user,
    follow,
    tag,
    tag_group,
    untag,
    expand,
    collapse,
    fold_all,
    shorter,
    longer,
    pause,
    redraw,
    drill_down,
    back,
    next_thread,
    previous_thread,
    earlier,  ///< the cursor of the drill-down's chart
    later,
    oldest_moment,
    newest_moment,
    finer,  ///< its scale
    coarser,
    turn_page,
    threads_of_process,
    accounting,
    record,
    play,  ///< of a replay, from here on
    step_back,
    step_forward,
    column_back,
    column_forward,
    columns_back,
    columns_forward,
    to_begin,
    to_end,
    next_bad,
    previous_bad,
    jump,
    slower,
    faster,
};

/// One line of the key table.
struct KeyBinding {
    Action action;
    std::string_view group;  ///< heading on the help page
    std::string_view what;   ///< for the help page
    std::string_view label;  ///< in the bottom bar; empty: not there
    std::vector<KeyEvent> keys;
};
[[nodiscard]] std::span<const KeyBinding> key_table();
/// Keys that mean something of their own in the drill-down; there they go before those of key_table().
[[nodiscard]] std::span<const KeyBinding> detail_key_table();
/// "F5", "t", "Ctrl-L", "Space".
[[nodiscard]] std::string key_name(const KeyEvent& key);
[[nodiscard]] Action action_of(const KeyEvent& event, bool in_detail = false);
/// Keys of a replay: on every screen of it they go before those of the other tables.
[[nodiscard]] std::span<const KeyBinding> replay_key_table();
[[nodiscard]] Action replay_action_of(const KeyEvent& event);
/// What makes sense on a live machine only.
[[nodiscard]] bool is_live_only(Action action);

/// An entry of the bottom bar.
struct BarItem {
    KeyEvent key;
    std::string_view name, label;
    int x = 0, width = 0;
};
[[nodiscard]] std::vector<BarItem> bar_items(const ViewState& state, int width);

struct KeyResult {
    ViewState state;
    std::optional<Command> command;
};
[[nodiscard]] KeyResult handle_key(ViewState state, const KeyEvent& event, const Report& report,
                                   const Machine& machine);

/// Takes note of where the selected row is in a new report; keeps the selection valid. Call it for each report.
[[nodiscard]] ViewState settle(ViewState state, const Report& report);

/// Keys of sort menu, in its order; those that are no columns come first.
struct SortChoice {
    std::string_view key, head, help;
};
/// A recording has no totals since a thread was first seen.
[[nodiscard]] std::vector<SortChoice> sort_choices(bool in_replay = false);
/// Users of the threads in the report, ascending; the menu's first line is "all".
[[nodiscard]] std::vector<std::uint32_t> users_of(const Report& report);

/// The answers to the question whether delay accounting shall be switched on, and what is told before.
[[nodiscard]] std::span<const std::string_view> accounting_choices();
inline constexpr std::string_view kAccountingWords =
    "Delay accounting is off. Switching it on (sysctl kernel.task_delayacct=1) lets the kernel time each thread's "
    "waits "
    "for disks, swap and memory. Only threads that are created from then on have it: this one, and all that run now, "
    "stay without.";

/// Lines of the help page: keys by group, then the states.
struct HelpLine {
    std::string left, right;
    std::optional<ThreadState> state;
    bool heading = false;
};
[[nodiscard]] std::vector<HelpLine> help_lines(bool in_replay = false);

// Inside: keys while an overlay is open (overlay_keys.cpp), rows on the screen.
void handle_overlay_key(KeyResult& result, const KeyEvent& event, const Report& report, const Machine& machine);
void open_accounting_question(ViewState& state);
void open_signal_menu(ViewState& state, const Report& report, const Machine& machine);
void search_from(ViewState& state, const Report& report, bool backwards, bool include_current);
[[nodiscard]] std::size_t page_rows(const ViewState& state, const Report& report);

}  // namespace tsa
