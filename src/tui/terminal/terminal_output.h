// SPDX-License-Identifier: MIT
// TerminalOutput: what ncurses draws, on its way to the terminal. ncurses writes to a file in memory, and this writes
// to the terminal as much as it takes: a terminal that takes nothing (Ctrl-S, a hung connection) must not stop a loop
// that also measures, records, and waits for SIGTERM.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/outlet.h"
#include "base/result.h"

namespace tsa {

class TerminalOutput {
  public:
    /// `terminal_fd` stays the caller's.
    static Result<std::unique_ptr<TerminalOutput>> open(int terminal_fd);
    TerminalOutput(const TerminalOutput&) = delete;
    TerminalOutput& operator=(const TerminalOutput&) = delete;

    /// For newterm(). Not a terminal: ncurses cannot change modes through it.
    [[nodiscard]] std::FILE* stream() const { return stream_.get(); }
    /// Removes and returns what was drawn since the last call.
    [[nodiscard]] std::string take_drawn();

    /// A sequence for the terminal, after what was drawn. Never waits.
    void put(std::string_view sequence);
    /// Adds what was drawn to what is pending, and writes as much of it as the terminal takes. Never waits.
    void flush();
    /// The same, but waits for a terminal that takes output slowly. False: it took nothing for `ms`.
    bool flush_within(int ms);
    /// Instead of what is pending; it may end within a sequence. Never waits.
    void replace(const std::string& bytes);
    [[nodiscard]] bool pending() const { return !pending_.empty(); }
    /// For poll: writable when flush() would write.
    [[nodiscard]] int fd() const { return terminal_.fd(); }

  private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    explicit TerminalOutput(int terminal_fd) : terminal_(terminal_fd) {}

    Outlet terminal_;
    std::unique_ptr<std::FILE, Close> stream_;
    std::string pending_;
};

}  // namespace tsa
