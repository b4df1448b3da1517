// SPDX-License-Identifier: MIT
// The variants of the scheduler probes, opened in place of the regular one:
// that which times its own runs (bpf/profile.h), and that which counts
// neighbors by cgroup (bpf/matrix.h). They have the same variables, and at
// least the same maps and programs, so one skeleton serves all.
#pragma once

#include <cstdint>

struct bpf_object;
struct sched_bpf;

namespace tsa {

/// Like sched_bpf::open(): null with errno.
[[nodiscard]] sched_bpf* open_timed_probes();
[[nodiscard]] sched_bpf* open_matrix_probes();

/// Before such an object is loaded: the sizes of the maps that only it has.
void size_matrix(const bpf_object* object, std::uint32_t slots, std::uint32_t cpus);

}  // namespace tsa
