// What a thread waits on, as a phrase: "futex lock <- 4177 worker <- 4190 cleaner (write)  412 ms".
#pragma once

#include <fmt/format.h>

#include "model/report.h"

namespace tsa {

/// How far a chain of lock owners is followed.
inline constexpr int kMaxOwners = 8;

/// Appends the phrase; nothing for a thread that executes. Owners are named when the report lists them; a chain that
/// comes back to the thread itself is called a deadlock.
void put_wait(fmt::memory_buffer& out, const Report& report, const ThreadRow& row);

}  // namespace tsa
