// SPDX-License-Identifier: MIT
// What the live screens and a replay start with: the terminal, and the text that names a machine.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/host/loop.h"
#include "app/host/outcome.h"
#include "app/host/signals.h"
#include "cli/options.h"
#include "settings/settings.h"
#include "tui/screen.h"

namespace tsa {

/// Error: standard input or output is not a terminal; `instead` names the command that needs none.
Result<void> check_terminal(std::string_view instead);
/// Signals that end the screens, and those that change them. SIGQUIT too: Ctrl-\ must not leave delay accounting on if
/// it was to be restored. And all others that would end the process with the terminal as the screens need it.
[[nodiscard]] std::vector<int> screen_signals();
struct ScreenSignals {
    int ended_by = 0;        ///< the screens must end; 0: none of the signals says so
    bool continued = false;  ///< they were stopped and now continue
};
/// Handles each pending signal: the screen takes its new size, gives the terminal back for a stop, and is redrawn after
/// it.
[[nodiscard]] ScreenSignals take_screen_signals(SignalQueue& signals, Screen& screen);
/// How screens end by this signal: a failure unless it is one that asks a program to end.
[[nodiscard]] Outcome ended_by(int signal);
/// Reports a terminal that is gone, and calls `changed` after input, and when the terminal takes output again.
void watch_terminal(Loop& loop, Screen& screen, const std::function<void()>& changed);
/// Draws what the terminal takes, and has the loop wait until it takes the rest.
void draw(Loop& loop, Screen& screen, const Frame& frame);
/// With the user's color setting, and theme.
Result<std::unique_ptr<Screen>> open_screen(ColorMode colors, const ScreenSettings& settings);
/// "6.12.3-amd64" as "Linux 6.12": the first two numbers are enough for a header.
[[nodiscard]] std::string kernel_words(std::string_view release);

}  // namespace tsa
