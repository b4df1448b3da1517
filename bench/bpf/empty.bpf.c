// SPDX-License-Identifier: MIT
/* The smallest possible scheduler probe: it is called at every switch and reads the clock. The cost of the product's
 * probe is given as a multiple of it. */
#include "kernel.h"

__u64 last_switch_ns; /* without a use of the clock, the compiler drops the call */

SEC("tp_btf/sched_switch")
int BPF_PROG(empty_switch, bool preempt, struct task_struct* prev, struct task_struct* next) {
    last_switch_ns = bpf_ktime_get_ns();
    return 0;
}

/* The same, and finds a record of each of the two threads: what any probe does that has data per thread. Finding is all
 * that it does. */
struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, __u64);
} records SEC(".maps");

__u64 found;

static __always_inline __u64 find(struct task_struct* task) {
    __u64* record = bpf_task_storage_get(&records, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    return record ? *record : 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(finder_switch, bool preempt, struct task_struct* prev, struct task_struct* next) {
    last_switch_ns = bpf_ktime_get_ns();
    found = find(prev) + find(next);
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
