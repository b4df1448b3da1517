// SPDX-License-Identifier: MIT
// Waits for a CPU by their length, as the probes count them with ProbeOptions::run_queue.
#pragma once

#include <optional>

#include "model/run_queue_waits.h"

namespace tsa {

/// Of all CPUs, since the probes were attached. `map`: descriptor of tsa_run_queue_waits. Absent: it cannot be read.
[[nodiscard]] std::optional<RunQueueWaits> read_run_queue_waits(int map);

}  // namespace tsa
