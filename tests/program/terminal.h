// SPDX-License-Identifier: MIT
// A real terminal with an interactive shell in it, by a separate tmux server that ends with the object. What is
// on it is read with capture-pane; every wait is for a condition.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "support/guards.h"
#include "tui/keys.h"

namespace tsa::test {

/// "tmux" when it cannot be run.
[[nodiscard]] std::optional<std::string> missing_tmux();

/// tmux's name of a key.
[[nodiscard]] std::string tmux_key(const KeyEvent& key);

class Terminal {
  public:
    /// A shell that has printed its first prompt.
    Terminal(int width, int height);
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    /// Types a line into the shell; `$RSTAT` is the program.
    void shell(const std::string& line);
    /// Starts the program in the shell as `before $RSTAT arguments` and waits until `awaited` is on the screen.
    /// When it is over, "ended CODE" is printed.
    [[nodiscard]] bool start(const std::string& arguments, const std::string& awaited, const std::string& before = "");
    /// The program that start() started; 0 when it has none any more.
    [[nodiscard]] pid_t program() const;

    /// A key by tmux's name: "F1", "Enter", "C-c"; literal text; raw bytes.
    void key(const std::string& name);
    void keys(const std::vector<std::string>& names);
    void type(const std::string& text);
    void bytes(const std::string& raw);
    /// A click of the left button on a cell, in the form that the program asked the terminal for.
    void click(int x, int y);
    void resize(int width, int height);
    /// The window is closed, as by its user.
    void hang_up();

    [[nodiscard]] std::string screen(bool with_colors = false) const;
    [[nodiscard]] std::vector<std::string> lines() const;
    /// The first line that holds `text`, or empty.
    [[nodiscard]] std::string line_with(const std::string& text) const;
    [[nodiscard]] bool await_text(const std::string& text) const;
    [[nodiscard]] bool await_no(const std::string& text) const;
    /// A variable of the pane: "alternate_on", "cursor_flag".
    [[nodiscard]] std::string variable(const std::string& name) const;
    /// `stty -g` of the terminal, asked by the shell.
    [[nodiscard]] std::string settings();

  private:
    std::string tmux(const std::vector<std::string>& arguments) const;

    TempDir folder_;
    std::string socket_;
    int questions_ = 0;
};

}  // namespace tsa::test
