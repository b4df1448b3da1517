// What the live screens and a replay start with: the terminal, and the text that names a machine.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/host/signals.h"
#include "cli/options.h"
#include "tui/screen.h"

namespace tsa {

/// Error: standard input or output is not a terminal; `instead` names the command that needs none.
Result<void> check_terminal(std::string_view instead);
/// Signals that end the screens, and those that change them. SIGQUIT too: Ctrl-\ must not leave delay accounting on if
/// it was to be restored.
inline constexpr std::initializer_list<int> kScreenSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT};
struct ScreenSignals {
    bool end = false;        ///< the screens must end
    bool continued = false;  ///< they were stopped and now continue
};
/// Handles each pending signal: the screen takes its new size, and is redrawn after a stop.
[[nodiscard]] ScreenSignals take_screen_signals(SignalQueue& signals, Screen& screen);
/// With the user's color setting.
Result<std::unique_ptr<Screen>> open_screen(ColorMode colors);
/// "6.12.3-amd64" as "Linux 6.12": the first two numbers are enough for a header.
[[nodiscard]] std::string kernel_words(std::string_view release);

}  // namespace tsa
