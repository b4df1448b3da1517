// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The probe of the drill-down and of `record --stacks`: one more program at sched_switch, attached after the scheduler
 * probes, so that at each event the thread's slot already contains their update. It does no timing: the length of a
 * wait is the increase of the slot's closed time of that state when the thread is back on a CPU. It records each wait
 * of a few threads, the targets; a switch between others costs two looks into a table.
 *
 *   switch-out of a target:  remember why it waits, and the current closed totals
 *   switch-in:               ns[that state] has grown by the wait, ns[CPU_WAIT] by the time on the run queue after it
 *
 * There must be exactly one entry into EXEC between the two; otherwise events were missed, and the wait is dropped and
 * counted.
 */
#include "slot_maps.h"
#include "stack_accounts.h"
#include "tsa_waits.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Set before load. */
const volatile __u8 tsa_target_translated = 0; /* TIDs of user space are not those of the kernel */
const volatile __u8 tsa_counts_kinds = 0;      /* tsa_wait_entries is used: then there is one target */
/* enum tsa_first_argument by system call: the program itself has no numbers. */
const volatile __u8 tsa_first_argument[TSA_SYSCALL_TABLE] = {};
const volatile __u8 tsa_compat_first_argument[TSA_SYSCALL_TABLE] = {};

/* The entry in tsa_wait_entries of each kind. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, TSA_WAIT_KINDS - 1);
    __type(key, struct tsa_wait_key);
    __type(value, __u32);
} tsa_wait_index SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, TSA_WAIT_KINDS);
    __type(key, __u32);
    __type(value, struct tsa_wait_entry);
} tsa_wait_entries SEC(".maps");

/* The first target of each bucket, number + 1; 0: none. Written by user space. */
__u8 tsa_target_heads[TSA_TARGET_BUCKETS] = {};

__u32 tsa_wait_kinds = 0; /* entries in use after entry 0 */

static __always_inline bool is_wait(__u8 state) {
    return state != TSA_EXEC && state < TSA_ZOMBIE;
}

static __always_inline __u32 first_argument(__s32 syscall, bool compat) {
    __u32 number = (__u32)syscall;
    if (number >= TSA_SYSCALL_TABLE) {
        return TSA_ARGUMENT_NONE;
    }
    __u64 index = syscall_index(number);
    return compat ? tsa_compat_first_argument[index] : tsa_first_argument[index];
}

/* What the slot's thread waits for, without details that do not distinguish kinds. */
static __always_inline void key_of(const struct tsa_slot* slot, struct tsa_wait_key* key) {
    key->state = counted_state(slot);
    key->syscall = TSA_NO_SYSCALL;
    if (slot->state == TSA_CPU_WAIT) {
        key->flags = slot->flags & (slot->flags & TSA_F_THROTTLED ? TSA_F_THROTTLED : TSA_F_PREEMPTED);
        return;
    }
    if (slot->state == TSA_STOPPED) {
        return; /* wherever the signal stopped it */
    }
    key->flags = slot->flags & (TSA_F_COMPAT | TSA_F_KERNEL_LOCK | TSA_F_DOUBTFUL);
    key->kind = key->state == slot->state ? slot->wait_kind : slot->seeded_kind;
    key->syscall = slot->wait_syscall;
    if (key->flags & TSA_F_KERNEL_LOCK) {
        key->argument = slot->wait_arg[0];
        return;
    }
    __u32 argument = first_argument(slot->wait_syscall, (slot->flags & TSA_F_COMPAT) != 0);
    if (argument == TSA_ARGUMENT_DESCRIPTOR) {
        key->argument = (__u32)slot->wait_arg[0];
    } else if (argument == TSA_ARGUMENT_ADDRESS) {
        key->argument = slot->wait_arg[0];
    }
    if (slot->state == TSA_IO_WAIT || slot->state == TSA_UNINTERRUPTIBLE) {
        key->ip = slot->wait_ip; /* the memory states need no address */
    }
}

/* Starts a wait from `slot`, at the event or from an earlier copy. */
static __always_inline void begin(struct tsa_target* target, const struct tsa_slot* slot, __u32 number) {
    __u64 state = counted_state(slot);
    one_register(state);
    if (state >= TSA_STATE_COUNT) {
        return;
    }
    struct tsa_open_wait wait = {.slot = number, .life = slot->life};
    key_of(slot, &wait.key);
    wait.state_ns = slot->ns[state];
    wait.cpu_wait_ns = slot->ns[TSA_CPU_WAIT];
    wait.exec_ns = slot->ns[TSA_EXEC];
    wait.exec_entries = slot->entries[TSA_EXEC];
    wait.cpu_wait_entries = slot->entries[TSA_CPU_WAIT];
    target->wait = wait;
}

static __always_inline struct tsa_wait_entry* entry_at(__u32 index) {
    return bpf_map_lookup_elem(&tsa_wait_entries, &index);
}

/* 0: there is no room for its kind. */
static __always_inline struct tsa_wait_entry* entry_of(const struct tsa_wait_key* key) {
    __u32* known = bpf_map_lookup_elem(&tsa_wait_index, key);
    if (known) {
        return entry_at(*known);
    }
    __u32 index = tsa_wait_kinds + 1;
    struct tsa_wait_entry* entry = index < TSA_WAIT_KINDS ? entry_at(index) : 0;
    if (!entry || bpf_map_update_elem(&tsa_wait_index, key, &index, BPF_NOEXIST) != 0) {
        return 0;
    }
    entry->key = *key;
    write_barrier();
    *(volatile __u32*)&tsa_wait_kinds = index;
    return entry;
}

/* Returns the number of waits that found no room. */
static __noinline int add_kind(const struct tsa_wait_key* key, __u64 length_ns, __u64 end_ns) {
    struct tsa_wait_entry* entry = entry_of(key);
    int missed = !entry;
    if (missed) {
        entry = entry_at(TSA_WAIT_OTHERS);
    }
    if (!entry) {
        return missed;
    }
    *(volatile __u32*)&entry->seq = entry->seq + 1;
    write_barrier();
    entry->count++;
    entry->total_ns += length_ns;
    if (length_ns > entry->max_ns) {
        entry->max_ns = length_ns;
        entry->max_at_ns = end_ns;
    }
    __u64 bucket = tsa_wait_bucket(length_ns);
    one_register(bucket);
    if (bucket < TSA_WAIT_BUCKETS && entry->lengths[bucket] != ~0u) {
        entry->lengths[bucket]++;
    }
    write_barrier();
    *(volatile __u32*)&entry->seq = entry->seq + 1;
    return missed;
}

static __always_inline void add_wait(struct tsa_target* target, const struct tsa_wait_key* key, __u64 length_ns,
                                     __u64 end_ns) {
    if (tsa_counts_kinds) {
        target->waits_missed += add_kind(key, length_ns, end_ns);
    }
}

static __always_inline void note_ended(struct tsa_target* target, __u64 state, __u64 waited_ns, __u64 queued_ns,
                                       __u64 in_ns, bool was_queued) {
    target->event.state = (__u8)state;
    target->event.waited_ns = waited_ns;
    target->event.queued_ns = queued_ns;
    target->event.in_ns = in_ns;
    target->event.was_queued = was_queued;
    target->event.has_ended = 1;
}

/* The thread is on a CPU, or has been since (`leaving`: its switch-in was hidden, and the probes have corrected that).
 * */
static __always_inline void end(struct tsa_target* target, const struct tsa_slot* slot, __u32 number, bool leaving) {
    struct tsa_open_wait* wait = &target->wait;
    if (wait->slot != number || wait->life != slot->life || slot->entries[TSA_EXEC] != wait->exec_entries + 1) {
        target->waits_missed++;
        wait->slot = 0;
        return;
    }
    wait->slot = 0;
    struct tsa_wait_key key = wait->key;
    __u64 state = key.state;
    one_register(state);
    if (state >= TSA_STATE_COUNT) {
        return;
    }
    __u64 queued_ns = slot->ns[TSA_CPU_WAIT] - wait->cpu_wait_ns;
    __u64 in_ns = slot->since_ns - (slot->ns[TSA_EXEC] - wait->exec_ns); /* when it got the CPU */
    if (state == TSA_CPU_WAIT) {
        add_wait(target, &key, queued_ns, in_ns);
        note_ended(target, state, 0, queued_ns, in_ns, true);
        return;
    }
    __u64 waited_ns = slot->ns[state] - wait->state_ns;
    add_wait(target, &key, waited_ns, in_ns - queued_ns);
    __u64 queued = slot->entries[TSA_CPU_WAIT] - wait->cpu_wait_entries;
    if (leaving && slot->state == TSA_CPU_WAIT) {
        queued--; /* the one that starts now */
    }
    note_ended(target, state, waited_ns, queued_ns, in_ns, queued != 0);
    if (queued) {
        struct tsa_wait_key woken = {.state = TSA_CPU_WAIT, .syscall = TSA_NO_SYSCALL};
        add_wait(target, &woken, queued_ns, in_ns);
    }
}

/* At the first event: a copy since which the same thread got on a CPU exactly once has the wait that ended. */
static __always_inline bool begin_primed(struct tsa_target* target, const struct tsa_slot* primed,
                                         const struct tsa_slot* slot, __u32 number) {
    if (primed->life != slot->life || primed->index != slot->index || !is_wait(primed->state) ||
        primed->entries[TSA_EXEC] + 1 != slot->entries[TSA_EXEC]) {
        return false;
    }
    begin(target, primed, number);
    return true;
}

static __always_inline void on_target(struct tsa_target* target, struct task_struct* task, bool leaving) {
    struct tsa_task* data = task_data(task);
    __u32 number = data ? data->slot : 0;
    struct tsa_slot* slot = number ? slot_at(number) : 0;
    if (!slot || slot->life != data->life || (tsa_target_translated && slot->tid != target->tid)) {
        return;
    }
    target->event.slot = number;
    target->event.has_ended = target->event.has_begun = 0;
    if (!target->event_seen) {
        target->event_seen = 1;
        if (!begin_primed(target, &target->primed[1], slot, number)) {
            begin_primed(target, &target->primed[0], slot, number);
        }
    } else if (!leaving && !target->wait.slot) {
        target->waits_missed++;
    }
    if (target->wait.slot) {
        end(target, slot, number, leaving);
    }
    if (leaving && is_wait(slot->state)) {
        begin(target, slot, number);
        target->event.has_begun = 1;
    }
}

/* In a container's PID namespace the TID is none that the kernel knows at hand: see on_target. */
static __always_inline __u32 head_of(struct task_struct* task) {
    __u64 key = tsa_target_translated ? task->start_boottime : (__u32)task->pid;
    one_register(key);
    return tsa_target_heads[key & (TSA_TARGET_BUCKETS - 1)];
}

/* The target of the chain that the task is, and its index. */
static __always_inline struct tsa_target* find_target(struct task_struct* task, __u32 number, __u32* index) {
    for (int nth = 0; nth < TSA_TARGET_CHAIN && number; ++nth) {
        *index = number - 1;
        struct tsa_target* target = target_at(number - 1);
        if (!target) {
            return 0;
        }
        if (target->start_ns == task->start_boottime && (tsa_target_translated || target->tid == (__u32)task->pid)) {
            return target;
        }
        number = target->next;
    }
    return 0;
}

static __always_inline void on_switch(struct task_struct* task, __u32 head, bool leaving) {
    __u32 index = 0;
    struct tsa_target* target = find_target(task, head, &index);
    if (target) {
        on_target(target, task, leaving);
    }
}

SEC("tp_btf/sched_switch")
int BPF_PROG(tsa_target_switch, bool preempt, struct task_struct* prev, struct task_struct* next) {
    __u32 head = head_of(prev);
    if (head) {
        on_switch(prev, head, true);
    }
    head = head_of(next);
    if (head) {
        on_switch(next, head, false);
    }
    return 0;
}

/* What the program above has passed on, once. Returns the slot, number + 1. */
static __always_inline __u32 take_event(struct tsa_target* target, __u32 index) {
    __u32 number = target->event.slot;
    target->event.slot = 0;
    if (number && target->event.has_ended) {
        tsa_end_stack(index);
    }
    return number;
}

/* Attached after the one above, while stacks are looked at. */
SEC("tp_btf/sched_switch")
int BPF_PROG(tsa_target_stacks, bool preempt, struct task_struct* prev, struct task_struct* next) {
    __u32 index = 0;
    __u32 head = head_of(prev);
    struct tsa_target* target = head ? find_target(prev, head, &index) : 0;
    if (target) {
        __u32 number = take_event(target, index);
        struct tsa_slot* slot = number && target->event.has_begun ? slot_at(number) : 0;
        if (slot) {
            begin_stack(ctx, prev, slot, index, target);
        }
    }
    head = head_of(next);
    target = head ? find_target(next, head, &index) : 0;
    if (target) {
        take_event(target, index);
    }
    return 0;
}
