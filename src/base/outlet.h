// SPDX-License-Identifier: MIT
// An output that may block the writer: a pipe whose reader is slow or stopped, a paused terminal, a socket. Nothing
// here sleeps inside write(2), so a signal that is read from a descriptor can end a wait. Used by everything that
// prints; does not depend on the content.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tsa {

class Outlet {
  public:
    Outlet() = default;
    /// `fd` still belongs to the caller and is not modified: O_NONBLOCK is a property of the open file, which every
    /// process that inherited the descriptor shares. A pipe or terminal is opened a second time, nonblocking.
    explicit Outlet(int fd);

    /// A wait ends when this descriptor becomes readable; -1: never.
    void stop_on(int fd) { stop_fd_ = fd; }

    /// Like write(2), but never waits: errno is EAGAIN when there is no room.
    ssize_t put(std::string_view bytes);
    /// Writes all bytes across partial writes, interruptions and waits, and adds the bytes written to `size`. After a
    /// stop request it waits only as long as the reader keeps reading. Errors: "write NAME: ..." with errno, EPIPE when
    /// the reader is gone; stopped_waiting() when no one read.
    Result<void> write(std::string_view bytes, const std::string& name, std::uint64_t& size);

    /// For poll().
    [[nodiscard]] int fd() const { return opened_.valid() ? opened_.get() : fd_; }
    [[nodiscard]] bool is_pipe() const { return kind_ == Kind::pipe; }

  private:
    enum class Kind : std::uint8_t { file, pipe, terminal, socket };
    bool wait_for_room();

    int fd_ = -1;
    int stop_fd_ = -1;
    Fd opened_;  // the same pipe or terminal, nonblocking
    Kind kind_ = Kind::file;
};

/// Stopped while waiting for a reader: the last write is incomplete.
[[nodiscard]] bool stopped_waiting(const Error& error);

}  // namespace tsa
