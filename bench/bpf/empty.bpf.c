/* The least a scheduler probe can do: be called at every switch and read the clock. What the product's probe costs is
 * told as a multiple of it. */
#include "kernel.h"

__u64 last_switch_ns; /* without a use of the clock, the compiler drops the call */

SEC("tp_btf/sched_switch")
int BPF_PROG(empty_switch, bool preempt, struct task_struct* prev, struct task_struct* next) {
    last_switch_ns = bpf_ktime_get_ns();
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
