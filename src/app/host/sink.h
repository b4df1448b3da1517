// Where reports go: a descriptor that takes all bytes or says why not.
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
    /// A descriptor of the caller's: stdout or stderr.
    explicit Sink(int fd, std::string name) : outlet_(fd), fd_(fd), name_(std::move(name)) {}
    /// A new or emptied file.
    static Result<Sink> create(const std::string& path);
    /// A file of its own.
    static Sink over(Fd file, const std::string& name);

    /// What ends a write() that waits for its reader: signals that can be read from this descriptor.
    void stop_on(int signal_fd) { outlet_.stop_on(signal_fd); }
    /// All of it. Errors: with errno, EPIPE when the reader is gone; stopped_waiting() when it does not read.
    Result<void> write(std::string_view bytes) { return outlet_.write(bytes, name_, bytes_); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] int fd() const { return fd_; }
    /// Cells per line: the terminal's, or 0 when it is none.
    [[nodiscard]] std::size_t terminal_width() const;

  private:
    Fd owned_;
    Outlet outlet_;
    int fd_;
    std::string name_;
    std::uint64_t bytes_ = 0;
};

/// What is said when stopped_waiting() ended it.
inline constexpr const char* kNobodyRead = "told to stop while nobody read: what was printed last is not whole";

/// The reader of a pipe left: no failure of ours.
[[nodiscard]] bool reader_left(const Error& error);

}  // namespace tsa
