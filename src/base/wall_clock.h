// SPDX-License-Identifier: MIT
// Wall-clock time derived from CLOCK_MONOTONIC with one offset, until the clock is set. Two clocks cannot be read at
// the same instant, so differences of wall-clock readings would be off by some 100 ns from the measured interval. Pure.
#pragma once

#include <cstdint>

namespace tsa {

class WallClock {
  public:
    /// A larger deviation means that the clock was set or the machine was suspended, not the delay between two
    /// readings.
    static constexpr std::int64_t kStepNs = 1'000'000;

    /// Wall-clock time, ns since 1970, at `monotonic_ns`. `unix_ns` was read right next to it. Two results differ by
    /// exactly the difference of their `monotonic_ns`, unless the clock was set in between.
    [[nodiscard]] std::uint64_t at(std::uint64_t monotonic_ns, std::uint64_t unix_ns) {
        const std::int64_t off = static_cast<std::int64_t>(unix_ns - (monotonic_ns + offset_));
        if (off > kStepNs || off < -kStepNs) {
            offset_ = unix_ns - monotonic_ns;
        }
        return monotonic_ns + offset_;
    }

  private:
    std::uint64_t offset_ = 0;  // modulo 2^64
};

}  // namespace tsa
