// SPDX-License-Identifier: MIT
// Ticks at fixed instants: start + k * interval. A late reader does not shift later ticks; missed ticks are skipped,
// not caught up.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "base/result.h"
#include "base/time_units.h"

namespace tsa {

class Ticker {
  public:
    /// The first tick comes one interval after `start_ns` (CLOCK_MONOTONIC).
    static Result<Ticker> start(std::uint64_t start_ns, std::uint64_t interval_ns);
    /// New interval, counted from `start_ns`.
    void restart(std::uint64_t start_ns, std::uint64_t interval_ns);

    /// Readable when a tick is due.
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// Takes the elapsed ticks and returns their number. Never blocks.
    std::uint64_t take();

  private:
    Fd fd_;
};

}  // namespace tsa
