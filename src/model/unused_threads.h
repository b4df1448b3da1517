// SPDX-License-Identifier: MIT
// The places of threads in a sample are as many as there ever were slots in use at once. A storm of short-lived threads
// takes thousands of them, some 5 MB, which are free again a moment later but stay in the list. Pages of it that only
// have free places are given back to the system here. Their bytes are 0 afterward, which is a free place, too.
#pragma once

#include <cstddef>
#include <vector>

#include "model/thread.h"

namespace tsa {

/// Less than this is not given back: the next threads take the same places.
inline constexpr std::size_t kLeastUnusedBytes = std::size_t{64} << 10U;

/// Returns how many bytes were given back. Pages that were given back before, and have not been used since, cost
/// nothing. Copies of a Thread with life 0 may change; nothing may read them.
std::size_t release_unused(std::vector<Thread>& threads);

}  // namespace tsa
