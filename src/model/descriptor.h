// SPDX-License-Identifier: MIT
// Which file descriptor a blocked system call works on: so that waits on different sockets or pipes can be
// distinguished. The drill-down describes waits with it; its caller finds out what the descriptor refers to. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "model/thread.h"

namespace tsa {

/// The descriptor in the first argument; absent for calls whose first argument is not a descriptor (poll, wait4,
/// futex), for 32-bit calls, and outside of calls.
[[nodiscard]] std::optional<std::int32_t> descriptor_of(const Wait& wait);

}  // namespace tsa
