// SPDX-License-Identifier: MIT
// Differences that stop at 0, for counters that should only grow.
#pragma once

#include <cstdint>

namespace tsa {

/// from - what; 0 where that is negative: the counter went backward (a device was replaced, two CPUs' clocks disagree).
[[nodiscard]] constexpr std::uint64_t saturating_sub(std::uint64_t from, std::uint64_t what) {
    return from > what ? from - what : 0;
}

}  // namespace tsa
