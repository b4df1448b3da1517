// SPDX-License-Identifier: MIT
// See run_queue.h.
#include "sched/run_queue.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <vector>

namespace tsa {

std::optional<RunQueueWaits> read_run_queue_waits(int map) {
    constexpr std::uint32_t kOnly = 0;
    const int cpus = libbpf_num_possible_cpus();
    std::vector<tsa_run_queue> per_cpu(cpus > 0 ? static_cast<std::size_t>(cpus) : 0);
    if (per_cpu.empty() || bpf_map_lookup_elem(map, &kOnly, per_cpu.data()) != 0) {
        return std::nullopt;
    }
    RunQueueWaits sum;
    for (const tsa_run_queue& cpu : per_cpu) {
        sum.total_ns += cpu.total_ns;
        for (std::size_t bucket = 0; bucket < RunQueueWaits::kBuckets; ++bucket) {
            sum.counts[bucket] += cpu.counts[bucket];
        }
    }
    return sum;
}

}  // namespace tsa
