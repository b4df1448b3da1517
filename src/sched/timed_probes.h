// SPDX-License-Identifier: MIT
// The variant of the scheduler probes that times its own runs (bpf/profile.h): opens it in place of the regular one and
// reads its counts.
#pragma once

#include <optional>
#include <vector>

#include "model/latency.h"

struct bpf_object;
struct sched_bpf;

namespace tsa {

/// Like sched_bpf::open(): null with errno. The variant has the same maps, programs and variables, so one skeleton
/// serves both.
[[nodiscard]] sched_bpf* open_timed_probes();

/// Every timed program of an object opened by open_timed_probes(), over all CPUs since the start, in the order of
/// bpf/tsa_latency.h. One system call per program; a CPU may be read between its two additions.
[[nodiscard]] std::vector<ProgramLatency> read_latencies(const bpf_object* object);

/// The time measured for an empty program: the median of many measurements. Absent: the kernel does not run it.
[[nodiscard]] std::optional<double> measure_empty_ns(const bpf_object* object);

}  // namespace tsa
