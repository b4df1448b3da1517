// Which file descriptor a blocked system call works on: so that the same wait on another socket can be told from a wait
// on a pipe. The drill-down words waits by it; its caller finds out what stands behind the descriptor. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "model/thread.h"

namespace tsa {

/// The descriptor in the first argument; absent for calls whose first argument is none (poll, wait4, futex), for 32-bit
/// calls, and outside of calls.
[[nodiscard]] std::optional<std::int32_t> descriptor_of(const Wait& wait);

}  // namespace tsa
