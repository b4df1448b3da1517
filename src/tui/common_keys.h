// SPDX-License-Identifier: MIT
// Keys that do the same on every screen: a screen has these rows in its table, where it wants them on the help page.
#pragma once

#include <array>
#include <string_view>

#include "tui/page.h"
#include "tui/scrolling.h"

namespace tsa {

// Headings of the help page.
inline constexpr std::string_view kMoving = "Moving";
inline constexpr std::string_view kShowing = "What is shown";
inline constexpr std::string_view kSorting = "Sorting";
inline constexpr std::string_view kActing = "Acting";
inline constexpr std::string_view kOneThread = "One thread";

/// To the threads that are shown, and to this machine.
inline constexpr std::string_view kRefusedInReplay =
    "a replay: nothing can be done to these threads, or to this machine";

void quit(KeyPress& press);
void redraw(KeyPress& press);
void toggle_pause(KeyPress& press);
void toggle_recording(KeyPress& press);
void shorten_interval(KeyPress& press);
void lengthen_interval(KeyPress& press);
void open_help(KeyPress& press);
void open_rule(KeyPress& press);
void open_signal_menu(KeyPress& press);
void open_accounting_question(KeyPress& press);
void open_freeze_menu(KeyPress& press);
void open_thaw_menu(KeyPress& press);
void thaw_at_once(KeyPress& press);
void open_frozen_question(KeyPress& press);
void open_affinity_menu(KeyPress& press);
void open_policy_menu(KeyPress& press);
void lower_nice(KeyPress& press);
void raise_nice(KeyPress& press);
void open_yank_menu(KeyPress& press);

inline constexpr KeyBinding kHelpKey{
    {special(Key::f1), letter(U'?'), letter(U'h')}, open_help, kShowing, "this page", "Help"};
inline constexpr std::array kPaceKeys = std::to_array<KeyBinding>({
    {{letter(U'z'), letter(U'Z')}, toggle_pause, kShowing, "pause: nothing is collected", "Pause"},
    {{letter(U'[')}, shorten_interval, kShowing, "shorter interval", "Faster"},
    {{letter(U']')}, lengthen_interval, kShowing, "longer interval", "Slower"},
    {{control(U'L')}, redraw, kShowing, "redraw the screen"},
});
/// What is done to the tagged rows, the selected one, or the thread that is shown.
inline constexpr std::array kRowKeys = std::to_array<KeyBinding>({
    {{special(Key::f7)}, lower_nice, kActing, "nice - 1: higher priority", "Nice-", kRefusedInReplay},
    {{special(Key::f8)}, raise_nice, kActing, "nice + 1: lower priority", "Nice+", kRefusedInReplay},
    {{special(Key::f9), letter(U'k'), special(Key::del)},
     open_signal_menu,
     kActing,
     "send a signal to the processes of the tagged rows, else of the selected one",
     "Signal",
     kRefusedInReplay},
    {{letter(U'f')},
     open_freeze_menu,
     kActing,
     "freeze the cgroup of the selected row, or thaw it: asks first, and lists what stops",
     "Freeze",
     kRefusedInReplay},
    {{letter(U'a')}, open_affinity_menu, kActing, "the CPUs that it may run on", "CPUs", kRefusedInReplay},
    {{letter(U'Y')}, open_policy_menu, kActing, "scheduling policy and I/O priority", "Policy", kRefusedInReplay},
    {{letter(U'y')},
     open_yank_menu,
     kActing,
     "copy to the clipboard: y the row, p its PID, n name, c command line, u unit, g cgroup, o container, s stack",
     "Copy"},
});
inline constexpr std::array kProgramKeys = std::to_array<KeyBinding>({
    {{special(Key::f10), letter(U'q'), control(U'C')}, quit, kActing, "quit", "Quit"},
    {{letter(U'R')},
     toggle_recording,
     kActing,
     "record to files what the screens see; again: stop",
     "Record",
     kRefusedInReplay},
    {{letter(U'!')},
     open_rule,
     kActing,
     "arm a rule: when it holds, what was around that moment is recorded",
     "Rule",
     kRefusedInReplay},
    {{letter(U'A')},
     open_accounting_question,
     kActing,
     "switch the kernel's delay accounting on: asks first",
     "Accounting",
     kRefusedInReplay},
});

template <void (*kMove)(KeyPress& press, CursorMove move), CursorMove kTo>
void move_to(KeyPress& press) {
    kMove(press, kTo);
}
/// On a page of lines. `up`, `down`: what the first two do, on the help page; empty: as in the list.
template <void (*kMove)(KeyPress& press, CursorMove move)>
constexpr std::array<KeyBinding, 8> move_keys(std::string_view group = {}, std::string_view up = {},
                                              std::string_view down = {}, std::string_view live_only = {}) {
    const auto row = [&](KeyList keys, void (*act)(KeyPress&), std::string_view what = {}) {
        return KeyBinding{keys, act, what.empty() ? std::string_view{} : group, what, "", live_only};
    };
    return {{
        row({special(Key::up), letter(U'k'), control(U'P')}, move_to<kMove, CursorMove::up>, up),
        row({special(Key::down), letter(U'j'), control(U'N')}, move_to<kMove, CursorMove::down>, down),
        row({special(Key::page_up), control(U'B')}, move_to<kMove, CursorMove::page_up>),
        row({special(Key::page_down), control(U'F')}, move_to<kMove, CursorMove::page_down>),
        row({control(U'U')}, move_to<kMove, CursorMove::half_up>),
        row({control(U'D')}, move_to<kMove, CursorMove::half_down>),
        row({special(Key::home), letter(U'g')}, move_to<kMove, CursorMove::first>),
        row({special(Key::end), letter(U'G')}, move_to<kMove, CursorMove::last>),
    }};
}

}  // namespace tsa
