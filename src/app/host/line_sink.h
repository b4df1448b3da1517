// Lines for a reader that may be slow, stopped or gone: whole lines or none, never waited for. Knows nothing of what
// they say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/outlet.h"
#include "base/result.h"

namespace tsa {

class LineSink {
  public:
    /// `fd` stays the caller's and is left as it was.
    static Result<LineSink> open(int fd);

    enum class Offered : std::uint8_t { taken, dropped, reader_gone };
    /// Takes the line as a whole, or drops it and counts. The rest of a line that the reader took a part of goes first.
    /// A line that is not `urgent` is dropped too while the pipe holds one that was not read yet: what a slow reader
    /// gets is new. Error: the place cannot be written to.
    Result<Offered> offer(std::string_view line, bool urgent);
    /// A part of a line waits for room: poll for POLLOUT, then call resume().
    [[nodiscard]] bool partial() const { return !rest_.empty(); }
    Result<Offered> resume();

    /// For poll(): POLLERR or POLLHUP when nobody can read any more.
    [[nodiscard]] int fd() const { return outlet_.fd(); }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    explicit LineSink(int fd) : outlet_(fd) {}
    [[nodiscard]] bool holds_unread() const;
    /// Bytes that were taken; an error other than "no room now" is one.
    Result<std::size_t> put(std::string_view bytes, bool& gone);

    Outlet outlet_;
    std::string rest_;
    std::uint64_t dropped_ = 0;
};

}  // namespace tsa
