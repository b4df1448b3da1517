// SPDX-License-Identifier: MIT
// One poll() for everything that a command waits for. Each descriptor has a handler that is called when it is ready;
// the handler may watch or forget descriptors and stop the loop. The loop has no thread and no timer: ticks come from
// the descriptor of a Ticker, and once() is a wait with a deadline.
#pragma once

#include <poll.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"

namespace tsa {

/// What a descriptor is watched for. Hang-ups are always reported too.
enum class Interest : std::uint8_t { end_only, readable, writable };

/// What poll() reported for one descriptor.
struct Ready {
    bool readable = false;
    bool writable = false;
    bool ended = false;  ///< error or hang-up: no peer at the other end, or no such descriptor
};

class Loop {
  public:
    using Handler = std::function<Result<void>(Ready)>;

    /// Handlers are called in the order of these calls. `fd` is not owned; -1: nothing is watched. A descriptor is
    /// watched at most once; one that has hung up and is still watched is reported in every round.
    void watch(int fd, Interest interest, Handler handler);
    /// For a watched descriptor; no effect on any other.
    void set_interest(int fd, Interest interest);
    /// From now on its handler is not called, even in the same round. That handler may call this.
    void forget(int fd);

    /// One wait, then the handler of each ready descriptor. Returns with none ready at `deadline_ns` (CLOCK_MONOTONIC),
    /// or when a signal handler interrupted it. After stop() no further handler is called. Errors: poll()'s, or the
    /// first one of a handler.
    Result<void> once(std::optional<std::uint64_t> deadline_ns = std::nullopt);
    /// once() until stop().
    Result<void> run();
    void stop() { stopped_ = true; }
    [[nodiscard]] bool stopped() const { return stopped_; }
    /// Whether once() would call a handler now. Does not call any.
    [[nodiscard]] bool any_ready() const;

  private:
    struct Watch {
        int fd = -1;  ///< -1: forgotten
        short events = 0;
        Handler handler;
    };
    void list_descriptors();
    Watch* find(int fd);

    std::deque<Watch> watches_;  ///< references stay valid when a handler adds one
    std::vector<pollfd> polled_;
    bool stopped_ = false;
};

}  // namespace tsa
