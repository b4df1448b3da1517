// SPDX-License-Identifier: MIT
// Capabilities of the calling thread, by system call: capset(2) is per thread, and so is this.
#pragma once

#include <cstdint>
#include <vector>

namespace tsa {

/// Gives up all capabilities of the calling thread except those with a bit in `wanted` (1 << number of
/// linux/capability.h), which it keeps if it has them.
void keep_only_capabilities(std::uint64_t wanted);

/// Every capability, for a thread that keeps what its creator has.
[[nodiscard]] std::vector<int> all_capabilities();

}  // namespace tsa
