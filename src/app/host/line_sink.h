// SPDX-License-Identifier: MIT
// Lines for a reader that may be slow, stopped or gone: whole lines or none, without ever blocking. Does not depend on
// what the lines contain.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/outlet.h"
#include "base/result.h"

namespace tsa {

class LineSink {
  public:
    /// `fd` still belongs to the caller and its flags are unchanged.
    static Result<LineSink> open(int fd);

    enum class Offered : std::uint8_t { taken, dropped, reader_gone };
    /// Takes the whole line, or drops and counts it. The rest of a partly written line goes first. A line that is not
    /// `urgent` is also dropped while the pipe holds an unread one, so that a slow reader gets new data. Error: the
    /// output cannot be written.
    Result<Offered> offer(std::string_view line, bool urgent);
    /// A partial line is waiting for room: poll for POLLOUT, then call resume().
    [[nodiscard]] bool partial() const { return !rest_.empty(); }
    Result<Offered> resume();

    /// For poll(): POLLERR or POLLHUP when there is no reader left.
    [[nodiscard]] int fd() const { return outlet_.fd(); }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    explicit LineSink(int fd) : outlet_(fd) {}
    [[nodiscard]] bool holds_unread() const;
    /// Bytes written. A full pipe is not an error; anything else is.
    Result<std::size_t> put(std::string_view bytes, bool& gone);

    Outlet outlet_;
    std::string rest_;
    std::uint64_t dropped_ = 0;
};

}  // namespace tsa
