// SPDX-License-Identifier: MIT
// TerminalMode: the line settings of the terminal while the screens have it, and their return whatever happens:
// destructor, std::terminate, a crash. Used by Screen; at most one at a time.
#pragma once

#include <termios.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace tsa {

class TerminalMode {
  public:
    /// Keys arrive one by one and are not echoed; Ctrl-C, Ctrl-Z and Ctrl-\ remain signals. `restoring_bytes` leave the
    /// alternate screen and switch reports off: a crash writes them to `output_fd`, which must not block. Error: not a
    /// terminal.
    static Result<std::unique_ptr<TerminalMode>> enter(int terminal_fd, std::string restoring_bytes, int output_fd);
    TerminalMode(const TerminalMode&) = delete;
    TerminalMode& operator=(const TerminalMode&) = delete;
    ~TerminalMode();

    /// Restores the settings, without waiting for output. In the background they are the shell's already.
    void leave();
    /// After leave() or a stop: what the shell has set is read again. No effect in the background.
    void enter_again();
    /// Between enter() or enter_again(), and leave().
    [[nodiscard]] static bool is_entered();
    /// Whether the terminal's foreground is another job.
    [[nodiscard]] bool in_background() const;

  private:
    TerminalMode(int terminal_fd, const termios& shell) : fd_(terminal_fd), shell_(shell) {}
    void apply();

    int fd_;
    termios shell_;
};

}  // namespace tsa
