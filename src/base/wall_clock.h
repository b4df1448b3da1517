// The wall clock beside CLOCK_MONOTONIC: one offset for as long as nobody sets the clock. Two clocks cannot be read at
// one instant, so that differences of wall-clock times would be some 100 ns off the interval that was measured. Pure.
#pragma once

#include <cstdint>

namespace tsa {

class WallClock {
  public:
    /// Being further off than this is a clock that was set (or a machine that slept), not two readings apart.
    static constexpr std::int64_t kStepNs = 1'000'000;

    /// Wall-clock time, ns since 1970, of the instant `monotonic_ns`. `unix_ns` was read next to it. The differences of
    /// two answers are those of their `monotonic_ns`, unless the clock was set in between.
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
