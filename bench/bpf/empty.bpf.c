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

char LICENSE[] SEC("license") = "GPL";
