// SPDX-License-Identifier: MIT
// What the variant of the scheduler probes counts that times its own runs (bpf/profile.h).
#pragma once

#include <optional>
#include <vector>

#include "model/latency.h"

struct bpf_object;

namespace tsa {

/// Every timed program of an object opened by open_timed_probes(), over all CPUs since the start, in the order of
/// bpf/tsa_latency.h. One system call per program; a CPU may be read between its two additions.
[[nodiscard]] std::vector<ProgramLatency> read_latencies(const bpf_object* object);

/// The time measured for an empty program: the median of many measurements. Absent: the kernel does not run it.
[[nodiscard]] std::optional<double> measure_empty_ns(const bpf_object* object);

}  // namespace tsa
