// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The scheduler probes: one handler per tracepoint, each a few steps using
 * slot.h and classify.h. They keep cumulative times per thread and state; user
 * space maps the slots and subtracts. No data is sent per switch.
 */
#include "causes.h"
#include "classify.h"
#include "matrix.h"
#include "profile.h"
#include "run_queue.h"
#include "throttle.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* The event's thread has no slot: allocate one, or account it as untracked. */
static __noinline int enter_without_slot(struct task_struct* task, struct tsa_task* data, __u64 now, __u32 to,
                                         __u32 state_flags) {
    if (!task || !data) {
        return 0;
    }
    bool retry_is_vain = data->untracked && tsa_slots_free <= 0;
    if (to == TSA_ZOMBIE && !data->untracked) {
        return 0; /* its end is its first event that was seen */
    }
    if (!retry_is_vain && to != TSA_ZOMBIE) {
        __u32 flags =
            state_flags | (task->flags & PF_KTHREAD ? TSA_F_KTHREAD : 0) | (data->followed ? TSA_F_FOLLOWED : 0);
        if (slot_create(task, data, now, to, flags)) {
            if (data->untracked) {
                untracked_move(data, now, TSA_STATE_COUNT);
            }
            return 0;
        }
        struct tsa_slot* seeded = data->slot ? slot_at(data->slot) : 0;
        if (seeded) { /* the iterator was slightly earlier and saw the state that
                         ends now */
            slot_begin(seeded);
            slot_move(seeded, now > seeded->since_ns ? now : seeded->since_ns, to, state_flags);
            slot_end(seeded);
            slot_note(data);
            return 0;
        }
        if (!data->untracked) {
            count(slots_refused);
        }
    }
    untracked_move(data, now, to);
    return 0;
}

static __always_inline void finish(struct task_struct* task, struct tsa_slot* slot) {
    /* Already reaped (a non-leader thread, or its parent ignores SIGCHLD): this
     * is its end. Otherwise it is a zombie until sched_process_free. */
    if (task->exit_state & EXIT_DEAD) {
        slot_send_final(slot);
    }
}

/* First step of both ways to leave a CPU; between slot_begin and slot_end. */
static __always_inline void leave_cpu(struct tsa_slot* slot, struct task_struct* task, __u64 now,
                                      struct tsa_task* data) {
    __u64 runtime_ns = task->se.sum_exec_runtime;
    if (slot->state != TSA_EXEC) {
        slot_repair(slot, now, runtime_ns);
    }
    slot->exec_runtime_ns = runtime_ns;
    if (data->cause & CAUSE_OF_EXEC) {
        slot_add_reclaim(slot, data, now);
        data->cause &= (__u8)~CAUSE_SWAP_IN; /* of a page on zram's backing device,
                                                another thread sees the end */
    }
}

static __always_inline void refresh(struct tsa_slot* slot, struct task_struct* task, struct tsa_task* data, __u64 now) {
    slot_refresh(slot, task, now);
    data->has_quota = (__u8)has_quota(task);
}

static __always_inline void switch_out_runnable(struct tsa_slot* slot, struct task_struct* task, __u64 now,
                                                struct tsa_task* data) {
    __u8 throttled = data->has_quota ? (__u8)throttle_begin(task, data) : 0;
    slot_begin(slot);
    leave_cpu(slot, task, now, data);
    slot_move(slot, now, TSA_CPU_WAIT, TSA_F_PREEMPTED | throttled);
    slot->preempted_entries++;
    if (now - slot->refreshed_ns > REFRESH_NS) {
        refresh(slot, task, data, now);
    }
    slot_end(slot);
    slot_note(data);
}

/* What the thread waits for. */
static __always_inline void slot_put_wait(struct tsa_slot* slot, const struct wait* wait, const struct tsa_task* data) {
    bool kernel_lock = (wait->flags & TSA_F_KERNEL_LOCK) != 0;
    slot->wait_syscall = wait->call.number;
    slot->wait_arg[0] = kernel_lock ? data->lock : wait->call.arg[0];
    slot->wait_arg[1] = kernel_lock ? data->lock_kind : wait->call.arg[1];
    slot->wait_arg[2] = wait->call.arg[2];
    slot->wait_ip = wait->ip;
    slot->wait_kind = wait->kind;
    slot->wait_peer = wait->peer;
}

static __always_inline void switch_out_blocked(struct tsa_slot* slot, struct task_struct* task, __u64 now,
                                               const struct wait* wait, struct tsa_task* data) {
    slot_begin(slot);
    leave_cpu(slot, task, now, data);
    slot_move(slot, now, wait->state, wait->flags);
    slot_put_wait(slot, wait, data);
    if (now - slot->refreshed_ns > REFRESH_NS || wait->state == TSA_ZOMBIE) {
        refresh(slot, task, data, now);
    }
    slot_end(slot);
    slot_note(data);
}

/* The slot, if the thread is runnable and has one. */
static __always_inline struct tsa_slot* switch_out(void* context, struct task_struct* task, __u32 prev_state,
                                                   __u64 now) {
    struct tsa_task* data = task_data(task);
    if (!data && !(data = task_data_create(task))) {
        return 0;
    }
    /* A pending signal keeps it runnable, but kernels before 6.14 still report
     * the requested state: check the task. */
    if (!prev_state || !task_state(task)) {
        struct tsa_slot* slot = data->slot ? slot_at(data->slot) : 0;
        if (slot) {
            switch_out_runnable(slot, task, now, data);
        } else {
            enter_without_slot(task, data, now, TSA_CPU_WAIT, TSA_F_PREEMPTED);
        }
        return slot;
    }
    struct wait wait = {.call.number = TSA_NO_SYSCALL};
    struct stack_source source = {.context = context};
    classify(task, prev_state, data, &wait, &source);
    struct tsa_slot* slot = data->slot ? slot_at(data->slot) : 0;
    if (!slot) {
        enter_without_slot(task, data, now, wait.state, wait.flags);
        return 0;
    }
    switch_out_blocked(slot, task, now, &wait, data);
    if (wait.state == TSA_ZOMBIE) {
        finish(task, slot);
    }
    return 0;
}

/* The CPU_WAIT that ends now: its throttled part does not count as preempted.
 * Between slot_begin and slot_end. */
static __noinline int add_throttled(struct tsa_slot* slot, struct task_struct* task, struct tsa_task* data, __u64 now) {
    if (!slot) {
        return 0;
    }
    __u64 waited_ns = now > slot->since_ns ? now - slot->since_ns : 0;
    __u64 throttled_ns = throttle_end(task, data, waited_ns);
    slot->part_ns[TSA_PART_THROTTLED] += throttled_ns;
    slot->part_ns[TSA_PART_PREEMPTED] -= slot->flags & TSA_F_PREEMPTED ? throttled_ns : 0;
    return 0;
}

/* Its slot, if it has one. */
static __always_inline struct tsa_slot* switch_in(struct task_struct* task, __u64 now) {
    struct tsa_task* data = task_data(task);
    if (!data) {
        /* Neither seeded nor seen at birth or leaving a CPU: it may be hidden from
         * BPF programs, so its switch-out would be missed too. It is added at its
         * first visible switch-out. */
        count(unwatched_switches);
        return 0;
    }
    struct tsa_slot* slot = data->slot ? slot_at(data->slot) : 0;
    if (!slot) {
        enter_without_slot(task, data, now, TSA_EXEC, 0);
        return matrix_slot(data);
    }
    slot_begin(slot);
    if (data->throttle_rq) {
        add_throttled(slot, task, data, now);
    }
    if (tsa_counts_waits && slot->state == TSA_CPU_WAIT) {
        count_run_queue_wait(now - slot->since_ns);
    }
    slot_move(slot, now, TSA_EXEC, 0);
    slot_end(slot);
    slot_note(data);
    return slot;
}

static __always_inline void on_switch(void* context, struct task_struct* prev, struct task_struct* next,
                                      __u32 prev_state) {
    __u64 now = bpf_ktime_get_ns();
    struct tsa_slot* preempted = prev->pid ? switch_out(context, prev, prev_state, now) : 0;
    struct tsa_slot* started = next->pid ? switch_in(next, now) : 0;
    matrix_switch(preempted, started, now, !next->pid);
}

SEC("tp_btf/sched_switch")
int TIMED_PROG(tsa_switch, bool preempt, struct task_struct* prev, struct task_struct* next, unsigned int prev_state) {
    on_switch(ctx, prev, next, preempt ? 0 : prev_state);
    return 0;
}

/* before 5.18: no state argument */
SEC("tp_btf/sched_switch")
int TIMED_PROG(tsa_switch_old, bool preempt, struct task_struct* prev, struct task_struct* next) {
    on_switch(ctx, prev, next, preempt ? 0 : task_state(prev));
    return 0;
}

SEC("tp_btf/sched_wakeup")
int TIMED_PROG(tsa_wakeup, struct task_struct* task) {
    __u64 now = bpf_ktime_get_ns();
    struct tsa_task* data = task_data(task);
    if (!data) {
        return 0; /* see switch_in */
    }
    struct tsa_slot* slot = data->slot ? slot_at(data->slot) : 0;
    if (!slot) {
        /* Running, about to sleep: handled at the switch-out. */
        if (!task->on_cpu && !(data->untracked && data->state == TSA_CPU_WAIT)) {
            enter_without_slot(task, data, now, TSA_CPU_WAIT, 0);
        }
        return 0;
    }
    /* Often it is already running or runnable (about to sleep, delayed dequeue):
     * then no wait ends. */
    if (slot->state <= TSA_CPU_WAIT || slot->state == TSA_ZOMBIE) {
        return 0;
    }
    __u8 throttled = data->has_quota ? (__u8)throttle_begin(task, data) : 0;
    slot_begin(slot);
    slot_move(slot, now, TSA_CPU_WAIT, throttled);
    slot_end(slot);
    slot_note(data);
    matrix_wakeup(slot, cpu_of(task));
    return 0;
}

static __always_inline void inherit(struct tsa_task* data, struct task_struct* creator) {
    struct tsa_task* creator_data = task_data(creator);
    if (creator_data) {
        data->has_quota = creator_data->has_quota;
    }
    if ((creator_data && creator_data->followed) ||
        (tsa_follow_tgid && seen_tid(BPF_CORE_READ(creator, group_leader)) == tsa_follow_tgid)) {
        data->followed = 1;
    }
}

/* Runs in the creator's context without locks: the right place to allocate.
 * Kernels before 6.4 allocate task storage with GFP_ATOMIC, which may wake
 * kswapd; under a run-queue lock that could deadlock. */
SEC("tp_btf/sched_process_fork")
int TIMED_PROG(tsa_fork, struct task_struct* creator, struct task_struct* task) {
    struct tsa_task* data = task_data_create(task);
    if (data) {
        inherit(data, creator);
    }
    return 0;
}

SEC("tp_btf/sched_wakeup_new")
int TIMED_PROG(tsa_wakeup_new, struct task_struct* task) {
    __u64 now = bpf_ktime_get_ns();
    struct tsa_task* data = task_data(task);
    if (!data) { /* forked before the probes were attached, or tsa_fork was out of
                    memory */
        data = task_data_create(task);
        if (!data) {
            return 0;
        }
        inherit(data, bpf_get_current_task_btf());
    }
    if (!data->slot) {
        enter_without_slot(task, data, now, TSA_CPU_WAIT, data->has_quota ? throttle_begin(task, data) : 0);
    }
    return 0;
}

/* The kernel frees a task an RCU grace period after it was reaped; no event
 * reports the reaping itself. A zombie younger than this was reaped promptly:
 * its life ends with its last switch. */
#define ZOMBIE_FROM_NS 100000000ull

/* After the last switch and an RCU grace period: nothing else accesses the
 * slot. */
SEC("tp_btf/sched_process_free")
int TIMED_PROG(tsa_free_task, struct task_struct* task) {
    struct tsa_task* data = task_data(task);
    if (!data) {
        return 0;
    }
    if (data->untracked) {
        struct tsa_untracked* totals = untracked_here();
        untracked_move(data, bpf_ktime_get_ns(), TSA_STATE_COUNT);
        if (totals) {
            add(totals->exits, 1);
        }
    }
    __u32 number = data->slot;
    struct tsa_slot* slot = number ? slot_at(number) : 0;
    if (!slot) {
        return 0;
    }
    data->slot = 0;
    if (slot->life != data->life || slot->state >= TSA_STATE_COUNT) {
        return 0; /* freed so late that user space has already released the slot,
                     possibly to another thread */
    }
    if (!(slot->flags & TSA_F_GONE)) {
        __u64 now = bpf_ktime_get_ns();
        slot_begin(slot);
        if (slot->state != TSA_ZOMBIE || now - slot->since_ns > ZOMBIE_FROM_NS) {
            slot_move(slot, now, TSA_ZOMBIE, 0);
        }
        if (!tsa_view_level) {            /* a reaped task has no other ID any longer */
            slot->tid = (__u32)task->pid; /* after another thread's exec took over the
                                             leader's TID */
        }
        slot_end(slot);
        slot_send_final(slot);
    }
    slot_unlist(slot);
    slot_forget_ranges(slot);
    slot_give_back(slot, number);
    return 0;
}

/* A non-leader thread that calls exec becomes the leader: from now on it has
 * the leader's TID and start time. */
SEC("tp_btf/sched_process_exec")
int TIMED_PROG(tsa_exec, struct task_struct* task) {
    struct tsa_task* data = task_data(task);
    struct tsa_slot* slot = data && data->slot ? slot_at(data->slot) : 0;
    if (!slot) {
        return 0;
    }
    slot_unlist(slot);
    identity_begin(slot);
    slot_identify(slot, task);
    bpf_probe_read_kernel(slot->comm, sizeof(slot->comm), task->comm);
    identity_end(slot);
    slot_begin(slot); /* user and memory changed, and the next read of them may be
                         far away: the program may sleep */
    refresh(slot, task, data, bpf_ktime_get_ns());
    slot_end(slot);
    slot_mark(data->slot);
    slot_forget_ranges(slot);
    slot_list(slot);
    return 0;
}

/* Covers exec, prctl(PR_SET_NAME) and writes to /proc/PID/task/TID/comm; runs
 * before the name is stored. */
SEC("tp_btf/task_rename")
int TIMED_PROG(tsa_rename, struct task_struct* task, const char* comm) {
    struct tsa_task* data = task_data(task);
    struct tsa_slot* slot = data && data->slot ? slot_at(data->slot) : 0;
    if (!slot) {
        return 0;
    }
    char name[TSA_COMM_LEN] = {};
    bpf_probe_read_kernel_str(name, sizeof(name), comm);
    identity_begin(slot);
    __builtin_memcpy(slot->comm, name, sizeof(name));
    identity_end(slot);
    slot_mark(data->slot);
    return 0;
}

/* ---- threads that existed before the probes ---- */

static __always_inline __u32 seeded_state(struct task_struct* task, struct tsa_task* data, struct wait* wait) {
    __u32 now_state = task_state(task);
    if (task->exit_state & (EXIT_ZOMBIE | EXIT_DEAD)) {
        return TSA_ZOMBIE;
    }
    if (task->on_cpu) {
        return TSA_EXEC;
    }
    if (!now_state || (now_state & (TASK_WAKING | TASK_NEW))) {
        return TSA_CPU_WAIT;
    }
    struct stack_source source = {.task = task};
    classify(task, now_state, data, wait, &source);
    return wait->state;
}

/* Runs without the run-queue lock, after the events were attached: a slot that
 * an event created first is kept. The storage is created before the state is
 * read: a later event finds it, creates the slot itself and wins. */
SEC("iter/task")
int TIMED_CONTEXT_PROG(tsa_seed, struct bpf_iter__task*) {
    struct task_struct* task = context->task;
    if (!task || !task->pid) {
        return 0;
    }
    struct tsa_task* data = task_data_create(task);
    if (!data || data->slot || data->untracked) {
        return 0;
    }
    __u64 now = bpf_ktime_get_ns();
    struct wait wait = {.call.number = TSA_NO_SYSCALL};
    __u32 state = seeded_state(task, data, &wait);
    if (task->exit_state & EXIT_DEAD) {
        return 0;
    }
    __u32 flags = wait.flags | TSA_F_SEEDED_WAIT | (task->flags & PF_KTHREAD ? TSA_F_KTHREAD : 0);
    data->has_quota = (__u8)has_quota(task);
    struct tsa_slot* slot = slot_create(task, data, now, state, flags);
    if (!slot) {
        if (!data->slot) {
            count(slots_refused);
            untracked_move(data, now, state);
        }
        return 0;
    }
    /* An event may be changing the state right now; the wait data is then merely
     * out of date. */
    slot_put_wait(slot, &wait, data);
    return 0;
}

/* ---- run by user space periodically while there are untracked zombies: see
 * census_renew ---- */

SEC("iter/task")
int tsa_recount(struct bpf_iter__task* context) {
    struct task_struct* task = context->task;
    struct tsa_task* data = task ? task_data(task) : 0;
    struct tsa_untracked* totals = untracked_here();
    if (data && totals) {
        census_renew(data, totals);
    }
    return 0;
}

/* ---- run by user space, once per new address: the kernel's own lookup, 2 us
 * instead of 50 ms through kallsyms ---- */

SEC("syscall")
int tsa_symbol(struct tsa_symbol_query* query) {
    static const char format[] = "%ps";
    char name[TSA_SYMBOL_LEN] = {};
    __u64 arguments[] = {query->address};
    bpf_snprintf(name, sizeof(name), format, arguments, sizeof(arguments));
    __builtin_memcpy(query->name, name, sizeof(name));
    return 0;
}
