// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Thread slots: they store a thread's totals; this file finds, allocates and frees them, and is the only place that
 * adds time to a state. classify.h determines why a thread is in a state.
 *
 * Ordering: only the handlers of sched_switch, sched_wakeup and sched_wakeup_new write a slot's counters, and they run
 * under the lock of the thread's current or target run queue; a wakeup waits until the preceding switch-out is
 * complete. So the writers of one slot are serialized, and seq needs no atomics. Identity (comm, TID) changes under
 * other locks and has a separate sequence count.
 */
#ifndef TSA_SLOT_H
#define TSA_SLOT_H

#include "slot_maps.h"
#include "view.h"

/* Activity of a thread in addition to its state; written in its own context. */
#define CAUSE_DIRECT_RECLAIM 0x01u
#define CAUSE_MEMCG_RECLAIM 0x02u
#define CAUSE_COMPACTION 0x04u
#define CAUSE_MEMORY (CAUSE_DIRECT_RECLAIM | CAUSE_MEMCG_RECLAIM | CAUSE_COMPACTION)
#define CAUSE_KERNEL_LOCK 0x08u
/* Inside a read of zram. Not a cause of waiting: the kernel stack shows what it waits for, and then it ends. */
#define CAUSE_SWAP_IN 0x10u
/* Executing inside these counts as TSA_PART_RECLAIM. */
#define CAUSE_OF_EXEC (CAUSE_MEMORY | CAUSE_SWAP_IN)

/* Slot numbers freed by exited threads, newest first: keeps the used part of the array dense. */
struct {
    __uint(type, BPF_MAP_TYPE_STACK);
    __uint(max_entries, 1); /* set before load */
    __uint(value_size, sizeof(__u32));
} tsa_free SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1); /* possible CPUs; set before load */
    __type(key, __u32);
    __type(value, struct tsa_untracked);
} tsa_untracked_totals SEC(".maps");

/* See tsa.h. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1); /* set before load */
    __type(key, struct tsa_tid_key);
    __type(value, struct tsa_tid_owner);
} tsa_tids SEC(".maps");

/* See tsa.h: by process ID. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, TSA_NAMED_RANGES);
    __type(key, __u32);
    __type(value, struct tsa_named_range);
} tsa_named_ranges SEC(".maps");

/* Final records: copies of struct tsa_slot. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096); /* set before load */
} tsa_exits SEC(".maps");

/* Written here and read by user space through the memory-mapped .bss; tsa_follow_tgid the other way round. */
struct tsa_health tsa_health = {};
__u32 tsa_slots_used = 0; /* high-water mark; may pass max_slots by a few when several CPUs race for the last one */
__s64 tsa_slots_free = 0; /* entries of tsa_free, a hint */
__u32 tsa_follow_tgid = 0;

const volatile __u32 tsa_max_slots = 1;
const volatile __u32 tsa_exit_wakeup_bytes = 0; /* wake the reader when the ring holds more than this */

#define count(field) __sync_fetch_and_add(&tsa_health.field, 1)

static __always_inline struct tsa_task* task_data_create(struct task_struct* task) {
    struct tsa_task* data = bpf_task_storage_get(&tsa_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (!data) {
        /* Two CPUs may create storage for the same task at once (seeding and an event): the loser gets null, but the
         * storage then exists. */
        data = bpf_task_storage_get(&tsa_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    }
    if (!data) {
        count(storage_failures);
    }
    return data;
}

struct tsa_reading tsa_reading = {}; /* written by user space, which begins at round 1 */

/* Marks the slot of a thread as changed; to be called after the change. Only the first change in a round stores into
 * the marks, which CPUs share. A change at the very moment at which a round begins may still count for the last one:
 * user space looks at what changed in the last round again. */
static __always_inline void slot_note(struct tsa_task* data) {
    __u32 round = *(volatile __u32*)&tsa_reading.round;
    if (data->noted != round) {
        data->noted = round;
        slot_mark(data->slot);
    }
}

static __always_inline void slot_begin(struct tsa_slot* slot) {
    *(volatile __u32*)&slot->seq = slot->seq + 1;
    write_barrier();
}

static __always_inline void slot_end(struct tsa_slot* slot) {
    write_barrier();
    *(volatile __u32*)&slot->seq = slot->seq + 1;
}

static __always_inline void identity_begin(struct tsa_slot* slot) {
    __sync_fetch_and_add(&slot->identity_seq, 1);
    write_barrier();
}

static __always_inline void identity_end(struct tsa_slot* slot) {
    write_barrier();
    __sync_fetch_and_add(&slot->identity_seq, 1);
}

/* An executing thread leaves reclaim, or its CPU inside it. Between slot_begin and slot_end. */
static __always_inline void slot_add_reclaim(struct tsa_slot* slot, const struct tsa_task* data, __u64 now) {
    __u64 from = data->reclaim_from_ns > slot->since_ns ? data->reclaim_from_ns : slot->since_ns;
    if (slot->state == TSA_EXEC && now > from) {
        slot->part_ns[TSA_PART_RECLAIM] += now - from;
    }
}

/* Flags of the thread, not of its current state. */
#define TSA_F_LASTING (TSA_F_KTHREAD | TSA_F_FOLLOWED)

/* Ends the current state at `now` and starts `to`. Between slot_begin and slot_end. */
static __always_inline void slot_move(struct tsa_slot* slot, __u64 now, __u8 to, __u8 state_flags) {
    __u64 from = counted_state(slot);
    __u64 next = to;
    one_register(from);
    one_register(next);
    __u64 passed = now - slot->since_ns;
    if ((__s64)passed < 0) { /* clocks of two CPUs disagree: count the interval as 0, so that the sum rule holds */
        count(clock_backwards);
        now = slot->since_ns;
        passed = 0;
    }
    if (from < TSA_STATE_COUNT) {
        slot->ns[from] += passed;
    }
    if (from == TSA_CPU_WAIT && (slot->flags & TSA_F_PREEMPTED)) {
        slot->part_ns[TSA_PART_PREEMPTED] += passed;
    }
    slot->since_ns = now;
    slot->state = to;
    slot->flags = (slot->flags & TSA_F_LASTING) | state_flags;
    if (next < TSA_STATE_COUNT) {
        slot->entries[next]++;
    }
}

/* A thread leaves the CPU without a recorded switch-in: the kernel ran no BPF program for it (the previous thread is
 * hidden from BPF). The kernel's own run time shows how much of the time since was exec. */
static __noinline int slot_repair(struct tsa_slot* slot, __u64 now, __u64 runtime_ns) {
    if (!slot) {
        return 0;
    }
    __u64 passed = now > slot->since_ns ? now - slot->since_ns : 0;
    __u64 executed = runtime_ns - slot->exec_runtime_ns;
    if (executed > passed) {
        executed = passed;
    }
    count(missed_switches);
    slot_move(slot, now - executed, TSA_EXEC, 0);
    return 0;
}

/* Memory and I/O counters change slowly: minimum time between reads at switch-out, per thread. */
#define REFRESH_NS 4000000ull
#define PAGE_BYTES 4096ull

const volatile __u64 tsa_page_bytes = PAGE_BYTES;

static __always_inline __u64 cgroup_of(struct task_struct* task) {
    return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

static __always_inline void slot_refresh(struct tsa_slot* slot, struct task_struct* task, __u64 now) {
    struct mm_struct* mm = BPF_CORE_READ(task, mm);
    slot->refreshed_ns = now;
    if (mm) {
        __u64 shared = 0;
        slot->rss_bytes = resident_pages(mm, &shared) * tsa_page_bytes;
        const __u64 most = (1ull << TSA_SHARED_BITS) - 1;
        slot->memory_pages = (__u64)BPF_CORE_READ(mm, total_vm) << TSA_SHARED_BITS | (shared < most ? shared : most);
        slot->cgroup_id = cgroup_of(task); /* a running process may be moved */
    }
    struct io_context* io = BPF_CORE_READ(task, io_context);
    slot->io_priority = io ? BPF_CORE_READ(io, ioprio) : 0;
    slot->read_bytes = task->ioac.read_bytes;
    slot->write_bytes = task->ioac.write_bytes;
    slot->minor_faults = task->min_flt;
    slot->major_faults = task->maj_flt;
    slot->uid = BPF_CORE_READ(task, cred, uid.val);
    slot->policy = (__u8)task->policy;
    slot->nice = (__s8)(task->static_prio - 120);
    slot->rt_priority = (__u8)task->rt_priority;
    slot->last_cpu = (__u16)bpf_get_smp_processor_id();
}

static __always_inline __u32 slot_allocate(void) {
    __u32 number = 0;
    if (tsa_slots_free > 0 && bpf_map_pop_elem(&tsa_free, &number) == 0) {
        __sync_fetch_and_add(&tsa_slots_free, -1);
        return number;
    }
    if (tsa_slots_used >= tsa_max_slots) {
        return 0;
    }
    number = __sync_fetch_and_add(&tsa_slots_used, 1) + 1;
    return number <= tsa_max_slots ? number : 0;
}

/* Nothing else uses the slot any longer. The state distinguishes a free slot from one that waits for
 * sched_process_free. */
static __always_inline void slot_give_back(struct tsa_slot* slot, __u32 number) {
    slot_begin(slot);
    slot->state = TSA_STATE_COUNT;
    slot->flags |= TSA_F_GONE;
    slot_end(slot);
    slot_mark(number);
    if (bpf_map_push_elem(&tsa_free, &number, 0) == 0) {
        __sync_fetch_and_add(&tsa_slots_free, 1);
    } else {
        count(slots_leaked);
    }
}

/* Lists the thread of a slot by the ID that lock words contain. */
static __always_inline void slot_list(const struct tsa_slot* slot) {
    struct tsa_tid_key key = {.pid_namespace = slot->pid_namespace, .tid = slot->ns_tid};
    struct tsa_tid_owner owner = {.tgid = slot->tgid, .slot = slot->index + 1};
    bpf_map_update_elem(&tsa_tids, &key, &owner, BPF_ANY);
}

static __always_inline void slot_unlist(const struct tsa_slot* slot) {
    struct tsa_tid_key key = {.pid_namespace = slot->pid_namespace, .tid = slot->ns_tid};
    struct tsa_tid_owner* owner = bpf_map_lookup_elem(&tsa_tids, &key);
    if (owner && owner->slot == slot->index + 1) { /* else the ID already belongs to another thread */
        bpf_map_delete_elem(&tsa_tids, &key);
    }
}

/* The process of a slot's thread has ended or called exec. */
static __always_inline void slot_forget_ranges(const struct tsa_slot* slot) {
    __u32 tgid = slot->tgid;
    if (slot->tid == tgid) {
        bpf_map_delete_elem(&tsa_named_ranges, &tgid);
    }
}

static __always_inline void slot_identify(struct tsa_slot* slot, struct task_struct* task) {
    slot->tid = seen_tid(task);
    slot->tgid = seen_tid(BPF_CORE_READ(task, group_leader));
    slot->start_time_ns = task->start_boottime;
    slot->parent_tgid = seen_tid(BPF_CORE_READ(task, real_parent, group_leader));
    slot->cgroup_id = cgroup_of(task);
    innermost_pid(task, &slot->ns_tid, &slot->pid_namespace);
}

/* Allocates a slot for an untracked thread, in state `to` from now on. Null if none is free: the caller accounts the
 * thread in tsa_untracked_totals. Scheduler events allocate under the thread's run-queue lock; only the seeding
 * iterator can race with them, and the compare-and-swap then lets exactly one win. */
static __noinline struct tsa_slot* slot_create(struct task_struct* task, struct tsa_task* data, __u64 now, __u32 to,
                                               __u32 flags) {
    if (!task || !data) {
        return 0;
    }
    __u32 number = slot_allocate();
    if (!number) {
        return 0;
    }
    struct tsa_slot* slot = slot_at(number);
    if (!slot) {
        return 0;
    }
    slot_begin(slot);
    slot->life++;
    slot->index = number - 1;
    slot->first_seen_ns = now;
    slot->since_ns = now;
    slot->state = (__u8)to;
    slot->flags = (__u8)flags;
    slot->wait_syscall = TSA_NO_SYSCALL;
    slot->wait_ip = 0;
    slot->wait_kind = TSA_KIND_NONE;
    slot->wait_peer = 0;
    slot->seeded_state = 0;
    __builtin_memset(slot->wait_arg, 0, sizeof(slot->wait_arg));
    __builtin_memset(slot->ns, 0, sizeof(slot->ns));
    __builtin_memset(slot->entries, 0, sizeof(slot->entries));
    __builtin_memset(slot->part_ns, 0, sizeof(slot->part_ns));
    slot->preempted_entries = 0;
    slot->rss_bytes = 0;
    slot->memory_pages = 0;
    slot->net_rx_bytes = 0;
    slot->net_tx_bytes = 0;
    slot->exec_runtime_ns = task->se.sum_exec_runtime;
    slot_identify(slot, task);
    slot_refresh(slot, task, now);
    bpf_probe_read_kernel(slot->comm, sizeof(slot->comm), task->comm);
    slot_end(slot);
    if (!__sync_bool_compare_and_swap(&data->slot, 0, number)) {
        slot_give_back(slot, number);
        return 0;
    }
    data->life = slot->life;
    slot_mark(number);
    slot_list(slot);
    return slot;
}

/* ---- untracked threads ---- */

static __always_inline struct tsa_untracked* untracked_here(void) {
    __u32 cpu = bpf_get_smp_processor_id();
    return bpf_map_lookup_elem(&tsa_untracked_totals, &cpu);
}

#define add(where, amount) __sync_fetch_and_add(&(where), (amount))

/* The census of untracked zombies. Their sched_process_free may be missed (see sweep.h), and the task's storage
 * disappears with the task: the totals would keep one zombie too many. So each zombie is counted under the round in
 * which it exited; user space periodically starts a new round, in which an iterator moves the existing zombies over.
 * Zombies left in an old round have been freed. The exchanges ensure that only one of iterator and free removes a
 * zombie from the count. */
__u32 tsa_census = 0; /* the current round, written by user space, starting at 1 */

static __always_inline void census_enter(struct tsa_task* data, struct tsa_untracked* totals) {
    __u32 round = *(volatile __u32*)&tsa_census;
    data->census = round;
    add(totals->zombies[round & 1], 1);
}

static __always_inline void census_leave(struct tsa_task* data, struct tsa_untracked* totals) {
    __u32 round = __sync_lock_test_and_set(&data->census, 0);
    if (round) {
        add(totals->zombies[round & 1], -1);
    }
}

static __always_inline void census_renew(struct tsa_task* data, struct tsa_untracked* totals) {
    __u32 round = *(volatile __u32*)&data->census;
    __u32 newest = *(volatile __u32*)&tsa_census;
    if (round && round != newest && __sync_bool_compare_and_swap(&data->census, round, newest)) {
        add(totals->zombies[round & 1], -1);
        add(totals->zombies[newest & 1], 1);
    }
}

/* Moves an untracked thread from its state to `to` (TSA_STATE_COUNT: removes it). Slow path: uses atomics, because a
 * scheduler event on the same CPU may interrupt an RCU callback. */
static __noinline int untracked_move(struct tsa_task* data, __u64 now, __u32 to) {
    struct tsa_untracked* totals = untracked_here();
    if (!totals || !data) {
        return 0;
    }
    __u32 from = data->state;
    add(totals->begun, 1);
    write_barrier();
    if (data->untracked && from < TSA_STATE_COUNT) {
        __u64 since = data->since_ns;
        add(totals->ns[from], now > since ? now - since : 0);
        add(totals->open_since_sum[from], -since);
        add(totals->open_count[from], -1);
        if (from == TSA_ZOMBIE) {
            census_leave(data, totals);
        }
    }
    data->untracked = 0;
    if (to < TSA_STATE_COUNT) {
        data->untracked = 1;
        data->state = (__u8)to;
        data->since_ns = now;
        add(totals->open_since_sum[to], now);
        add(totals->open_count[to], 1);
        if (to == TSA_ZOMBIE) {
            census_enter(data, totals);
        }
    }
    write_barrier();
    add(totals->finished, 1);
    return 0;
}

/* A thread exited without a record: its time stays in the machine's totals. */
static __always_inline void untracked_absorb(struct tsa_slot* slot) {
    struct tsa_untracked* totals = untracked_here();
    if (!totals) {
        return;
    }
    add(totals->begun, 1);
    write_barrier();
    for (int state = 0; state < TSA_STATE_COUNT; state++) {
        add(totals->ns[state], slot->ns[state]);
    }
    add(totals->exits, 1);
    write_barrier();
    add(totals->finished, 1);
}

/* Sends the final record of a closed slot; wakes the reader when the ring fills up, otherwise the reader polls. */
static __noinline int slot_send_final(struct tsa_slot* slot) {
    if (!slot) {
        return 0;
    }
    __u64 waiting = bpf_ringbuf_query(&tsa_exits, BPF_RB_AVAIL_DATA);
    __u64 flags = waiting > tsa_exit_wakeup_bytes ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
    if (bpf_ringbuf_output(&tsa_exits, slot, sizeof(*slot), flags) != 0) {
        count(exit_records_lost);
        untracked_absorb(slot);
    }
    slot_begin(slot);
    slot->flags |= TSA_F_GONE;
    slot_end(slot);
    slot_mark(slot->index + 1);
    return 0;
}

#endif
