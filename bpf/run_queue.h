// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Waits for a CPU by their length, all threads together: for `metrics`, which has a histogram of them. Other commands
 * leave tsa_counts_waits at 0, and the verifier removes this.
 */
#ifndef TSA_RUN_QUEUE_CODE_H
#define TSA_RUN_QUEUE_CODE_H

#include "slot_maps.h"
#include "tsa_log2.h"
#include "tsa_run_queue.h"

const volatile __u8 tsa_counts_waits = 0;

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct tsa_run_queue);
} tsa_run_queue_waits SEC(".maps");

/* Plain additions: the run queue's lock is held, so nothing else runs this on the CPU. A clock that went backward gives
 * a wait of almost 2^64 ns: it counts as none. */
static __noinline int count_run_queue_wait(__u64 waited_ns) {
    __u32 only = 0;
    struct tsa_run_queue* waits = bpf_map_lookup_elem(&tsa_run_queue_waits, &only);
    if (!waits) {
        return 0;
    }
    if ((__s64)waited_ns < 0) {
        waited_ns = 0;
    }
    __u64 bucket = tsa_log2(tsa_run_queue_units(waited_ns));
    one_register(bucket); /* otherwise the compiler drops the mask, which proves the bound to the verifier */
    waits->total_ns += waited_ns;
    waits->counts[bucket & (TSA_RUN_QUEUE_BUCKETS - 1)]++;
    return 0;
}

#endif
