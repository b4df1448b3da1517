// See screen_start.h.
#include "app/commands/screen_start.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace tsa {

Result<void> check_terminal(std::string_view instead) {
    if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
        return Error{"the screens need a terminal", std::string(instead), 0};
    }
    return {};
}

ScreenSignals take_screen_signals(SignalQueue& signals, Screen& screen) {
    ScreenSignals taken;
    while (const auto received = signals.take()) {
        switch (received->number) {
            case SIGWINCH:
                screen.update_size();
                break;
            case SIGCONT:
                screen.redraw_all();
                taken.continued = true;
                break;
            default:
                taken.end = true;
                break;
        }
    }
    return taken;
}

Result<std::unique_ptr<Screen>> open_screen(ColorMode colors) {
    const char* no_color = std::getenv("NO_COLOR");
    const bool refused = no_color != nullptr && *no_color != '\0';
    ScreenOptions options;
    options.colors = colors == ColorMode::always || (colors == ColorMode::automatic && !refused);
    return Screen::open(options);
}

std::string kernel_words(std::string_view release) {
    const std::size_t minor = release.find('.');
    const std::size_t end =
        minor == std::string_view::npos ? release.size() : release.find_first_not_of("0123456789", minor + 1);
    return fmt::format("Linux {}", release.substr(0, end));
}

}  // namespace tsa
