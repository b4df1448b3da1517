// Differences of monotonic counters.
#pragma once

#include <cstdint>

namespace tsa {

/// now - before; 0 if the counter went backward (a device was replaced, two CPUs' clocks disagree).
[[nodiscard]] constexpr std::uint64_t grown(std::uint64_t before, std::uint64_t now) {
    return now > before ? now - before : 0;
}

}  // namespace tsa
