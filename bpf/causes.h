// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Causes of a D sleep that the registers do not show: reclaim, compaction, a kernel lock. Recorded in the thread's own
 * context between the kernel's begin and end events; classify.h reads them when the thread leaves the CPU. The time
 * that the thread executes inside reclaim, compaction and reads of zram is counted too.
 */
#ifndef TSA_CAUSES_H
#define TSA_CAUSES_H

#include "profile.h"
#include "slot.h"

static __always_inline int begin_memory(__u8 bit) {
    struct tsa_task* data = task_data(bpf_get_current_task_btf());
    if (data) {
        if (!(data->cause & CAUSE_OF_EXEC)) {
            data->reclaim_from_ns = bpf_ktime_get_ns();
        }
        data->cause |= bit;
    }
    return 0;
}

/* The thread executes, so nothing else writes its slot now: a wakeup leaves it alone. */
static __always_inline int end_memory(__u8 bit) {
    struct tsa_task* data = task_data(bpf_get_current_task_btf());
    if (!data || !(data->cause & bit)) {
        return 0;
    }
    data->cause &= (__u8)~bit;
    struct tsa_slot* slot = data->slot ? slot_at(data->slot) : 0;
    if (slot && !(data->cause & CAUSE_OF_EXEC)) {
        slot_begin(slot);
        slot_add_reclaim(slot, data, bpf_ktime_get_ns());
        slot_end(slot);
        slot_mark(data->slot);
    }
    return 0;
}

SEC("tp_btf/mm_vmscan_direct_reclaim_begin")
int TIMED_PROG(tsa_reclaim_begin) {
    return begin_memory(CAUSE_DIRECT_RECLAIM);
}

SEC("tp_btf/mm_vmscan_direct_reclaim_end")
int TIMED_PROG(tsa_reclaim_end) {
    return end_memory(CAUSE_DIRECT_RECLAIM);
}

SEC("tp_btf/mm_vmscan_memcg_reclaim_begin")
int TIMED_PROG(tsa_memcg_begin) {
    return begin_memory(CAUSE_MEMCG_RECLAIM);
}

SEC("tp_btf/mm_vmscan_memcg_reclaim_end")
int TIMED_PROG(tsa_memcg_end) {
    return end_memory(CAUSE_MEMCG_RECLAIM);
}

SEC("tp_btf/mm_compaction_begin")
int TIMED_PROG(tsa_compact_begin) {
    return begin_memory(CAUSE_COMPACTION);
}

SEC("tp_btf/mm_compaction_end")
int TIMED_PROG(tsa_compact_end) {
    return end_memory(CAUSE_COMPACTION);
}

const volatile __u32 tsa_zram_major = 0; /* of its block devices */

/* A page that is read back from zram is decompressed by the thread that needs it, between these two events. */
static __always_inline bool is_zram_read(struct bio* bio) {
    return (BPF_CORE_READ(bio, bi_opf) & REQ_OP_MASK) == 0 &&
           BPF_CORE_READ(bio, bi_bdev, bd_dev) >> MINOR_BITS == tsa_zram_major;
}

SEC("tp_btf/block_bio_queue")
int TIMED_PROG(tsa_swap_in_begin, struct bio* bio) {
    return is_zram_read(bio) ? begin_memory(CAUSE_SWAP_IN) : 0;
}

SEC("tp_btf/block_bio_complete")
int TIMED_PROG(tsa_swap_in_end, void* queue, struct bio* bio) {
    return is_zram_read(bio) ? end_memory(CAUSE_SWAP_IN) : 0;
}

static __always_inline __u32 kernel_lock_kind(unsigned int flags) {
    if (flags & LCB_F_MUTEX) {
        return TSA_LOCK_KERNEL_MUTEX;
    }
    bool rwsem = (flags & (LCB_F_READ | LCB_F_WRITE)) && !(flags & (LCB_F_RT | LCB_F_PERCPU));
    return rwsem ? TSA_LOCK_KERNEL_RWSEM : TSA_LOCK_KERNEL_OTHER;
}

SEC("tp_btf/contention_begin")
int TIMED_PROG(tsa_lock_begin, void* lock, unsigned int flags) {
    if (flags & LCB_F_SPIN) {
        return 0; /* spinning on the CPU counts as exec */
    }
    struct tsa_task* data = task_data(bpf_get_current_task_btf());
    if (!data) {
        return 0;
    }
    data->lock_kind = kernel_lock_kind(flags);
    data->lock = (__u64)lock;
    data->cause |= CAUSE_KERNEL_LOCK;
    return 0;
}

SEC("tp_btf/contention_end")
int TIMED_PROG(tsa_lock_end, void* lock) {
    struct tsa_task* data = task_data(bpf_get_current_task_btf());
    /* Spin locks taken by an interrupt end here too: match only the lock that began. */
    if (data && data->lock == (__u64)lock) {
        data->lock = 0;
        data->cause &= (__u8)~CAUSE_KERNEL_LOCK;
    }
    return 0;
}

#endif
