// SPDX-License-Identifier: MIT
// How threads are scheduled, read and changed for the screens: CPUs, policy, I/O priority; only ever of the thread that
// was on the screen.
#pragma once

#include <cstdint>
#include <optional>

#include "app/host/actions.h"
#include "model/scheduling.h"

namespace tsa {

/// Absent: there is no such thread.
[[nodiscard]] std::optional<Scheduling> read_scheduling(std::uint32_t tid);

/// For whole processes, of all their threads. The new value is in the words.
ActionResult set_affinity(const Command& command);
ActionResult set_policy(const Command& command);
ActionResult set_io_priority(const Command& command);

}  // namespace tsa
