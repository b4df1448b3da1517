// The scheduler probes in the variant that times its own runs (bpf/profile.h): opened in place of the usual one, and
// what it has counted.
#pragma once

#include <optional>
#include <vector>

#include "model/latency.h"

struct bpf_object;
struct sched_bpf;

namespace tsa {

/// As sched_bpf::open(): null with errno. The variant has the usual maps, programs and variables, so that the same
/// skeleton serves both.
[[nodiscard]] sched_bpf* open_timed_probes();

/// Every timed program of an object that open_timed_probes() opened, over all CPUs since the start, in the order of
/// bpf/tsa_latency.h. One system call per program; a CPU that counts meanwhile may be seen between its two additions.
[[nodiscard]] std::vector<ProgramLatency> read_latencies(const bpf_object* object);

/// What a program that does nothing would show: the median of many measurements. Absent: the kernel does not run it.
[[nodiscard]] std::optional<double> measure_empty_ns(const bpf_object* object);

}  // namespace tsa
