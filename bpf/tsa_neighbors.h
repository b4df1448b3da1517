// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The ABI between neighbors.bpf.c and user space: which threads ran on the CPUs that chosen threads waited for. */
#ifndef TSA_NEIGHBORS_H
#define TSA_NEIGHBORS_H

#include "tsa.h"

#define TSA_VICTIMS 64
#define TSA_CHARGES 4096

/* A chosen thread. Written by user space while its slot is not in tsa_victim_of, then by the probes, under the lock of
 * the run queue that it is in. */
struct tsa_victim {
    TSA_U32 slot; /* number + 1; 0: unused */
    TSA_U32 life;
    TSA_U32 queued; /* it waits for the CPU `cpu`, and its wait is charged up to since_ns */
    TSA_U32 cpu;
    TSA_U64 since_ns;
    /* The part of its wait in a queue that it has left for another, not charged yet. */
    TSA_U64 left_from_ns;
    TSA_U64 left_at_ns;
    TSA_U32 left_cpu;
    TSA_U32 has_left;
    TSA_U64 uncharged_ns; /* waits that were charged to no one: the table was full, or it changed queues too fast */
    TSA_U64 own_quota_ns; /* waits in which its own quota was used up: no one else's doing */
    TSA_U32 throttled; /* its own quota was used up at since_ns: what follows up to the next switch is its own doing */
    TSA_U32 pad;
    TSA_U64 task; /* its task_struct while it is queued, if the CPU time of its group is limited; else 0 */
};

/* Who ran on the CPU of a victim. The idle task has no ID: the victim was about to run, or was not let. */
struct tsa_charge_key {
    TSA_U64 start_time_ns;
    TSA_U32 tid; /* in the PID namespace of user space; 0: the idle task, or a thread that is not visible there */
    TSA_U32 victim;
};
struct tsa_charge {
    TSA_U64 ns;
    TSA_U64 cgroup_id; /* cgroup v2 */
    TSA_U32 tgid;
    TSA_U32 flags; /* TSA_CHARGE_* */
    char comm[TSA_COMM_LEN];
};
#define TSA_CHARGE_KTHREAD 0x1u
#define TSA_CHARGE_IDLE 0x2u

#endif
