// Where reports go: a descriptor that takes all bytes or says why not.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tsa {

class Sink {
  public:
    /// A descriptor of the caller's: stdout or stderr.
    explicit Sink(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
    /// A new or emptied file.
    static Result<Sink> create(const std::string& path);

    /// All of it. Error: with errno; EPIPE when the reader is gone.
    Result<void> write(std::string_view bytes);
    [[nodiscard]] int fd() const { return fd_; }
    /// Cells per line: the terminal's, or 0 when it is none.
    [[nodiscard]] std::size_t terminal_width() const;

  private:
    Fd owned_;
    int fd_;
    std::string name_;
};

}  // namespace tsa
