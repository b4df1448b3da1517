// SPDX-License-Identifier: MIT
// The system call that a thread is blocked in, with its first arguments: "futex(0x7ffe12e8, WAIT|PRIVATE, 2)".
#pragma once

#include <fmt/format.h>

#include "model/thread.h"

namespace tsa {

/// Appends the call; nothing if the thread is not blocked in one.
void put_call(fmt::memory_buffer& out, const Thread& thread);

}  // namespace tsa
