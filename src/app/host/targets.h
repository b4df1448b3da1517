// Whether the threads and processes that the user named exist.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"

namespace tsa {

/// The thread's process. Error: no such thread.
Result<std::uint32_t> process_of_thread(std::uint32_t tid);
/// Error: no such process, or it is a thread of another one.
Result<void> check_process(std::uint32_t tgid);
/// Checks all that were given. Error: for the first that does not exist.
Result<void> check_targets(std::optional<std::uint32_t> tgid, std::span<const std::uint32_t> tids);

}  // namespace tsa
