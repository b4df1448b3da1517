// Screen: the terminal. Draws a Frame by its difference to the one before, and turns keys, mouse and size changes into
// KeyEvents. The only part that knows ncurses. Gives the terminal back whatever happens: destructor, std::terminate,
// abort. SIGINT, SIGTERM and SIGWINCH are the caller's: install their handlers before open(), or ncurses takes them.
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "tui/frame.h"
#include "tui/keys.h"
#include "tui/theme.h"

namespace tsa {

struct ScreenOptions {
    bool colors = true;  ///< false: --color never or NO_COLOR; attributes like bold and reverse stay
    bool mouse = true;
    const Theme* theme = nullptr;  ///< null: the default
};

/// True when the locale of the environment can show UTF-8 (sets the process's locale for characters).
[[nodiscard]] bool use_utf8_locale();

class Screen {
  public:
    /// Takes the terminal over. Errors: no terminal on standard input or output, unknown TERM.
    static Result<std::unique_ptr<Screen>> open(const ScreenOptions& options);
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;
    ~Screen();

    /// For poll: readable when next_event() may have something.
    [[nodiscard]] int input_fd() const;
    /// The next key, click or size change; nothing if none is waiting. Never blocks. A lone Esc is distinguished from
    /// an escape sequence by kEscapeDelayMs.
    [[nodiscard]] std::optional<KeyEvent> next_event();
    /// Looks at the terminal's size: call it after SIGWINCH. True when it has changed.
    bool update_size();
    [[nodiscard]] int width() const;
    [[nodiscard]] int height() const;
    void draw(const Frame& frame);
    /// The next draw() writes every cell.
    void redraw_all();

    static constexpr int kEscapeDelayMs = 25;

  private:
    struct Impl;
    explicit Screen(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
