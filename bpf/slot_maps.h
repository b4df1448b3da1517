// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The two maps that lead from a task to its slot. Declared by the scheduler probes, which fill them, and by the probe
 * of the drill-down, which shares them and only reads.
 */
#ifndef TSA_SLOT_MAPS_H
#define TSA_SLOT_MAPS_H

#include "kernel_types.h"
#include "tsa.h"

/* What a thread has recently waited for at one address: distinguishes counters from locks, whose value is always the
 * same. */
struct tsa_futex_past {
    __u64 address;
    __u32 value;
    __u8 counter;  /* it waited there for another value before */
    __u8 repeated; /* it waited there for this value before */
    __u8 pad[2];
};
#define TSA_FUTEX_PASTS 4 /* per thread, by a hash of the address */

/* Task local storage: leads from a task to its slot. `state` and `since_ns` are used only while it is untracked. */
struct tsa_task {
    __u32 slot;     /* number + 1; 0: none */
    __u8 cause;     /* CAUSE_* */
    __u8 untracked; /* accounted in tsa_untracked_totals */
    __u8 state;
    __u8 followed;
    __u64 since_ns;
    __u64 lock;      /* address of the kernel lock while CAUSE_KERNEL_LOCK */
    __u32 lock_kind; /* enum tsa_lock_kind of that lock */
    __u32 life;      /* of the slot while it belonged to this thread */
    __u32 census;    /* of an untracked zombie: the round of tsa_census that counts it; 0: none */
    __u8 has_quota;  /* the CPU time of its group or of one above is limited: see throttle.h */
    __u8 pad[3];
    __u32 noted; /* the round in which a change of its slot was noted last: see slot_note */
    __u32 pad2;
    __u64 throttle_rq;     /* cfs_rq in which the current CPU_WAIT started; 0: not watched */
    __u64 throttled_at_ns; /* its throttled clock then */
    __u64 reclaim_from_ns; /* since when it has been in reclaim, compaction or a swap-in, while CAUSE_OF_EXEC */
    struct tsa_futex_past futexes[TSA_FUTEX_PASTS];
};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct tsa_task);
} tsa_tasks SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1); /* set before load */
    __type(key, __u32);
    __type(value, struct tsa_slot);
} tsa_slots SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1); /* one for TSA_CHANGES slots; set before load */
    __type(key, __u32);
    __type(value, struct tsa_changes);
} tsa_slot_changes SEC(".maps");

/* To be called after the change. */
static __always_inline void slot_mark(__u32 number_plus_one) {
    __u32 index = number_plus_one - 1;
    __u32 block = index / TSA_CHANGES;
    struct tsa_changes* changes = bpf_map_lookup_elem(&tsa_slot_changes, &block);
    if (changes) {
        write_barrier();
        *(volatile __u8*)&changes->changed[index % TSA_CHANGES] = 1;
    }
}

static __always_inline struct tsa_task* task_data(struct task_struct* task) {
    return bpf_task_storage_get(&tsa_tasks, task, 0, 0);
}

static __always_inline struct tsa_slot* slot_at(__u32 number_plus_one) {
    __u32 index = number_plus_one - 1;
    return bpf_map_lookup_elem(&tsa_slots, &index);
}

/* The state that the thread's time counts for: see tsa_slot.seeded_state. */
static __always_inline __u8 counted_state(const struct tsa_slot* slot) {
    bool judged = (slot->flags & TSA_F_SEEDED_WAIT) && slot->seeded_state;
    return judged ? slot->seeded_state - 1 : slot->state;
}

/* A number below TSA_SYSCALL_TABLE as an index that every verifier accepts as in bounds: older ones (seen on 6.1) lose
 * the result of a comparison when the number is spilled to the stack. */
static __always_inline __u64 syscall_index(__u32 number) {
    __u64 index = number;
    one_register(index);
    return index & (TSA_SYSCALL_TABLE - 1);
}

#endif
