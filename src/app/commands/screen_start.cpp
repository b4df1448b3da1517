// SPDX-License-Identifier: MIT
// See screen_start.h.
#include "app/commands/screen_start.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "app/commands/screen_settings.h"
#include "model/process_signals.h"

namespace tsa {

Result<void> check_terminal(std::string_view instead) {
    if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
        return Error{"the screens need a terminal", std::string(instead), 0};
    }
    return {};
}

std::vector<int> screen_signals() {
    std::vector<int> signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT, SIGTSTP};
    const std::vector<int> unassigned = unassigned_signals();
    signals.insert(signals.end(), unassigned.begin(), unassigned.end());
    return signals;
}

ScreenSignals take_screen_signals(SignalQueue& signals, Screen& screen) {
    ScreenSignals taken;
    while (const auto received = signals.take()) {
        switch (received->number) {
            case SIGWINCH:
                screen.update_size();
                break;
            case SIGCONT:
                screen.resume();
                taken.continued = true;
                break;
            case SIGTSTP:
                screen.suspend();
                break;
            default:
                taken.ended_by = received->number;
                break;
        }
    }
    return taken;
}

Outcome ended_by(int signal) {
    switch (signal) {
        case SIGINT:
        case SIGTERM:
        case SIGHUP:
        case SIGQUIT:
            return {};
        default:
            return {kExitFailure, fmt::format("ended by {}", signal_name(signal))};
    }
}

void watch_terminal(Loop& loop, Screen& screen, const std::function<void()>& changed) {
    loop.watch(screen.input_fd(), Interest::readable, [&loop, &screen, changed](Ready ready) {
        if (ready.ended) {
            loop.stop();  // the terminal is gone
        }
        if (ready.readable) {
            screen.read_input();
        }
        changed();
        return Result<void>{};
    });
    loop.watch(screen.output_fd(), Interest::end_only, [&loop, &screen, changed](Ready ready) {
        if (ready.ended) {
            loop.stop();
        }
        screen.flush();
        changed();
        return Result<void>{};
    });
}

void draw(Loop& loop, Screen& screen, const Frame& frame) {
    screen.draw(frame);
    loop.set_interest(screen.output_fd(), screen.is_stalled() ? Interest::writable : Interest::end_only);
}

Result<std::unique_ptr<Screen>> open_screen(ColorMode colors, const ScreenSettings& settings) {
    const char* no_color = std::getenv("NO_COLOR");
    const bool refused = no_color != nullptr && *no_color != '\0';
    ScreenOptions options;
    options.colors = colors == ColorMode::always || (colors == ColorMode::automatic && !refused);
    choose_theme(settings, options);
    return Screen::open(options);
}

std::string kernel_words(std::string_view release) {
    const std::size_t minor = release.find('.');
    const std::size_t end =
        minor == std::string_view::npos ? release.size() : release.find_first_not_of("0123456789", minor + 1);
    return fmt::format("Linux {}", release.substr(0, end));
}

}  // namespace tsa
