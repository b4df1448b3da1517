// A place that bytes are written to and that may make a writer wait: a pipe whose reader is slow or stopped, a terminal
// that is held, a socket. Nothing here ever sleeps inside of write(2), so that a wait can be ended by a signal that is
// read from a descriptor. Used by everything that prints; knows nothing of what is printed.
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
    /// `fd` stays the caller's and is left as it was: O_NONBLOCK belongs to an opening that every process shares which
    /// inherited the descriptor. A pipe or terminal is opened a second time, and only that opening does not block.
    explicit Outlet(int fd);

    /// A wait ends when there is something to be read from this descriptor; -1: it never does.
    void stop_on(int fd) { stop_fd_ = fd; }

    /// As write(2), and never waits: errno EAGAIN when there is no room now.
    ssize_t put(std::string_view bytes);
    /// All bytes, over partial writes, interruptions and waits; what was taken is added to `size`. Once it is told to
    /// stop it waits for a reader that goes on reading only. Errors: "write NAME: ..." with errno, EPIPE when the
    /// reader is gone; stopped_waiting() when nobody read.
    Result<void> write(std::string_view bytes, const std::string& name, std::uint64_t& size);

    /// For poll().
    [[nodiscard]] int fd() const { return opened_.valid() ? opened_.get() : fd_; }
    [[nodiscard]] bool is_pipe() const { return kind_ == Kind::pipe; }

  private:
    enum class Kind : std::uint8_t { file, pipe, terminal, socket };
    bool wait_for_room();

    int fd_ = -1;
    int stop_fd_ = -1;
    Fd opened_;  // the same pipe or terminal, non-blocking
    Kind kind_ = Kind::file;
};

/// Told to stop while it waited for a reader: what was written last is not whole.
[[nodiscard]] bool stopped_waiting(const Error& error);

}  // namespace tsa
