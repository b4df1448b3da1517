// SPDX-License-Identifier: MIT
// Where reports go: a descriptor that takes all bytes or reports why not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.h"
#include "base/outlet.h"
#include "base/result.h"

namespace tsa {

class Sink {
  public:
    /// A descriptor that the caller owns: stdout or stderr.
    explicit Sink(int fd, std::string name) : outlet_(fd), fd_(fd), name_(std::move(name)) {}
    /// A new or emptied file.
    static Result<Sink> create(const std::string& path);
    /// A file that it owns.
    static Sink over(Fd file, const std::string& name);

    /// A write() that waits for its reader ends when signals can be read from this descriptor.
    void stop_on(int signal_fd) { outlet_.stop_on(signal_fd); }
    /// Writes everything. Errors: with errno, EPIPE when the reader is gone; stopped_waiting() when the reader stalls.
    Result<void> write(std::string_view bytes) { return outlet_.write(bytes, name_, bytes_); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] int fd() const { return fd_; }
    /// Cells per line: the terminal's width, or 0 if it is not a terminal.
    [[nodiscard]] std::size_t terminal_width() const;

  private:
    Fd owned_;
    Outlet outlet_;
    int fd_;
    std::string name_;
    std::uint64_t bytes_ = 0;
};

/// The message when stopped_waiting() ended it.
inline constexpr const char* kNobodyRead = "stopped while the reader was stalled: the last output is incomplete";

/// The reader closed the pipe: not a failure of this program.
[[nodiscard]] bool reader_left(const Error& error);

}  // namespace tsa
