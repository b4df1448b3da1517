// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* How much of a wait for the CPU is due to a CPU quota: while the quota of a group is used up (the group is throttled),
 * its threads are runnable but may not run. The kernel keeps a clock of that time per group and CPU; a wait's part is
 * the difference of the clock between both ends of the wait.
 */
#ifndef TSA_THROTTLE_H
#define TSA_THROTTLE_H

#include "slot.h"

#define QUOTA_NONE (~0ull)
#define MAX_GROUP_LEVELS 12

/* Whether the CPU time of the thread's group, or of a group above it, is limited. True below MAX_GROUP_LEVELS too: it
 * only costs the readings below. */
static __noinline int has_quota(struct task_struct* task) {
    if (!task || !bpf_core_field_exists(task->sched_task_group)) {
        return 0;
    }
    struct task_group* group = BPF_CORE_READ(task, sched_task_group);
    if (!bpf_core_field_exists(group->cfs_bandwidth)) {
        return 0;
    }
    for (int level = 0; level < MAX_GROUP_LEVELS; level++) {
        if (!group) {
            return 0;
        }
        if (BPF_CORE_READ(group, cfs_bandwidth.quota) != QUOTA_NONE) {
            return 1;
        }
        group = BPF_CORE_READ(group, parent);
    }
    return 1;
}

/* The throttled clock of a cfs_rq: ns so far in which its group, or one above it, was throttled while threads waited.
 * *running: it is throttled now. */
static __always_inline __u64 throttled_clock(struct cfs_rq* rq, bool* running) {
    struct cfs_rq___before_6_6* old = (void*)rq;
    struct cfs_rq___before_5_19* older = (void*)rq;
    *running = BPF_CORE_READ(rq, throttle_count) != 0;
    if (bpf_core_field_exists(rq->throttled_clock_self_time)) {
        __u64 since = BPF_CORE_READ(rq, throttled_clock_self);
        __u64 closed = BPF_CORE_READ(rq, throttled_clock_self_time);
        *running = since != 0;
        return since ? closed + (BPF_CORE_READ(rq, rq, clock) - since) : closed;
    }
    /* The clock of PELT: it is scaled by the CPU's frequency, so the result is an estimate. */
    __u64 now = BPF_CORE_READ(rq, rq, clock_pelt) - BPF_CORE_READ(rq, rq, lost_idle_time);
    if (bpf_core_field_exists(old->throttled_clock_pelt_time)) {
        __u64 closed = BPF_CORE_READ(old, throttled_clock_pelt_time);
        return *running ? closed + (now - BPF_CORE_READ(old, throttled_clock_pelt)) : closed;
    }
    if (bpf_core_field_exists(older->throttled_clock_task_time)) {
        __u64 closed = BPF_CORE_READ(older, throttled_clock_task_time);
        __u64 task_now = BPF_CORE_READ(rq, rq, clock_task);
        return *running ? closed + (task_now - BPF_CORE_READ(older, throttled_clock_task)) : closed;
    }
    return 0;
}

/* A thread of a limited group becomes runnable, or remains so without its CPU. Returns the flags of the new state. */
static __noinline int throttle_begin(struct task_struct* task, struct tsa_task* data) {
    if (!task || !data) {
        return 0;
    }
    bool running = false;
    struct cfs_rq* rq = BPF_CORE_READ(task, se.cfs_rq);
    data->throttle_rq = (__u64)rq;
    data->throttled_at_ns = rq ? throttled_clock(rq, &running) : 0;
    return running ? TSA_F_THROTTLED : 0;
}

/* It gets a CPU: the part of its wait, which began at `since`, in which the group was throttled. */
static __noinline __u64 throttle_end(struct task_struct* task, struct tsa_task* data, __u64 waited_ns) {
    if (!task || !data) {
        return 0;
    }
    struct cfs_rq* rq = (void*)data->throttle_rq;
    data->throttle_rq = 0;
    /* Moved to another group meanwhile: the old one may no longer exist. */
    if (!rq || BPF_CORE_READ(rq, tg) != BPF_CORE_READ(task, sched_task_group)) {
        return 0;
    }
    bool running = false;
    __u64 passed = throttled_clock(rq, &running) - data->throttled_at_ns;
    if ((__s64)passed < 0) {
        return 0;
    }
    return passed < waited_ns ? passed : waited_ns;
}

#endif
