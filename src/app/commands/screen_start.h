// What the live screens and a replay start with: the terminal, and the words for a machine.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/host/signals.h"
#include "cli/options.h"
#include "tui/screen.h"

namespace tsa {

/// Error: standard input or output is none; `instead` is the command that needs none.
Result<void> check_terminal(std::string_view instead);
/// Those that end the screens, and those that change them. SIGQUIT too: Ctrl-\ must not leave delay accounting on that
/// was to be put back.
inline constexpr std::initializer_list<int> kScreenSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT};
struct ScreenSignals {
    bool end = false;        ///< the screens are to end
    bool continued = false;  ///< they were stopped until now
};
/// Takes each of these signals that waits: the screen gets its new size, and is drawn anew after a stop.
[[nodiscard]] ScreenSignals take_screen_signals(SignalQueue& signals, Screen& screen);
/// With colors as the user wants them.
Result<std::unique_ptr<Screen>> open_screen(ColorMode colors);
/// "6.12.3-amd64" as "Linux 6.12": the first two numbers say enough in a head line.
[[nodiscard]] std::string kernel_words(std::string_view release);

}  // namespace tsa
