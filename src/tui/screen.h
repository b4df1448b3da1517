// SPDX-License-Identifier: MIT
// Screen: the terminal. Draws a Frame by its difference to the one before, and turns keys, mouse and size changes into
// KeyEvents. The only part that knows ncurses, which draws only: input is decoded by terminal/input_decoder.h, and the
// terminal's modes and writes are those of terminal/terminal_mode.h and terminal_output.h. Gives the terminal back
// whatever happens: destructor, std::terminate, a crash. SIGINT, SIGTERM, SIGTSTP, SIGWINCH and SIGCONT are the
// caller's: block them before open(), or ncurses takes them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tui/frame.h"
#include "tui/keys.h"
#include "tui/theme.h"

namespace tsa {

/// automatic: by the terminal's background.
enum class ThemeChoice : std::uint8_t { automatic, dark, light, mono };

struct ScreenOptions {
    bool colors = true;  ///< false: --color never or NO_COLOR; attributes like bold and reverse stay
    bool mouse = true;
    ThemeChoice theme = ThemeChoice::dark;
    std::vector<std::pair<ThreadState, StateLook>> state_looks{};  ///< instead of the theme's
};

/// True when the locale of the environment can show UTF-8 (sets the process's locale for characters).
[[nodiscard]] bool use_utf8_locale();

class Screen {
  public:
    /// Takes the terminal over. Errors: no terminal on standard input or output; $TERM, $COLUMNS or $LINES of which no
    /// screen can be made.
    static Result<std::unique_ptr<Screen>> open(const ScreenOptions& options);
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;
    ~Screen();

    /// For poll: readable when read_input() would read something.
    [[nodiscard]] int input_fd() const;
    /// Reads a part of what has arrived. Waits at most kEscapeDelayMs, to distinguish the key Esc from a sequence.
    void read_input();
    /// The next key or click of what was read; nothing if there is none.
    [[nodiscard]] std::optional<KeyEvent> next_event();

    /// Looks at the terminal's size: call it after SIGWINCH. True when it has changed.
    bool update_size();
    [[nodiscard]] int width() const;
    [[nodiscard]] int height() const;

    /// Without waiting: a frame that the terminal does not take is left out, and the next draw() starts from what the
    /// terminal shows.
    void draw(const Frame& frame);
    /// Sets the clipboard of the terminal.
    void copy(std::string_view text);
    /// The next draw() writes every cell.
    void redraw_all();
    /// For poll: writable when a terminal that took no output takes some again. Watch it while is_stalled(); then
    /// flush().
    [[nodiscard]] int output_fd() const;
    [[nodiscard]] bool is_stalled() const;
    void flush();

    /// Ctrl-Z: gives the terminal back and stops the process; returns once it continues in the foreground, or is to
    /// end.
    void suspend();
    /// After SIGCONT: takes the terminal as the shell has left it.
    void resume();

    static constexpr int kEscapeDelayMs = 25;

  private:
    struct Impl;
    explicit Screen(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
