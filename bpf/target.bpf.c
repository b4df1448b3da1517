// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The probe of the drill-down: one more program at sched_switch, attached after the scheduler probes, so that at each
 * event the thread's slot already contains their update. It does no timing: the length of a wait is the increase of the
 * slot's closed time of that state when the thread is back on a CPU. It records each wait of one thread by kind and
 * length; every other switch costs two comparisons.
 *
 *   switch-out of the target:  remember why it waits, and the current closed totals
 *   switch-in:                 ns[that state] has grown by the wait, ns[CPU_WAIT] by the time on the run queue after it
 *
 * There must be exactly one entry into EXEC between the two; otherwise events were missed, and the wait is dropped and
 * counted.
 */
#include "slot_maps.h"
#include "stack_accounts.h"
#include "tsa_waits.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Set before load. The pair of TID and start time is unique; both come from the task, so a thread that takes over its
 * leader's TID by exec counts as that leader from then on, as everywhere else. */
const volatile __u32 tsa_target_tid = 0;       /* as user space knows it */
const volatile __u8 tsa_target_translated = 0; /* which is not as the kernel does */
const volatile __u64 tsa_target_start_ns = 0;
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

/* The open wait, with the slot's totals at its start. */
struct open_wait {
    struct tsa_wait_key key;
    __u32 slot; /* number + 1; 0: no open wait */
    __u32 life;
    __u64 state_ns; /* closed time of the wait's state */
    __u64 cpu_wait_ns;
    __u64 exec_ns;
    __u64 exec_entries;
    __u64 cpu_wait_entries;
};

static struct open_wait open_wait = {};

static bool event_seen = false;

/* Copies of the slot that user space takes before and after it attaches this program, with life written last: they have
 * the wait that is open at the first event. */
struct tsa_slot tsa_primed[2] = {};
__u32 tsa_wait_kinds = 0; /* entries in use after entry 0 */
struct tsa_target_event tsa_target_event = {};
__u64 tsa_waits_missed = 0; /* in entry 0 for lack of room, or dropped */

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
static __always_inline void begin(const struct tsa_slot* slot, __u32 number) {
    __u64 state = counted_state(slot);
    one_register(state);
    if (state >= TSA_STATE_COUNT) {
        return;
    }
    struct open_wait wait = {.slot = number, .life = slot->life};
    key_of(slot, &wait.key);
    wait.state_ns = slot->ns[state];
    wait.cpu_wait_ns = slot->ns[TSA_CPU_WAIT];
    wait.exec_ns = slot->ns[TSA_EXEC];
    wait.exec_entries = slot->entries[TSA_EXEC];
    wait.cpu_wait_entries = slot->entries[TSA_CPU_WAIT];
    open_wait = wait;
}

static __always_inline struct tsa_wait_entry* entry_at(__u32 index) {
    return bpf_map_lookup_elem(&tsa_wait_entries, &index);
}

static __always_inline struct tsa_wait_entry* entry_of(const struct tsa_wait_key* key) {
    __u32* known = bpf_map_lookup_elem(&tsa_wait_index, key);
    if (known) {
        return entry_at(*known);
    }
    __u32 index = tsa_wait_kinds + 1;
    struct tsa_wait_entry* entry = index < TSA_WAIT_KINDS ? entry_at(index) : 0;
    if (!entry || bpf_map_update_elem(&tsa_wait_index, key, &index, BPF_NOEXIST) != 0) {
        tsa_waits_missed++;
        return entry_at(TSA_WAIT_OTHERS);
    }
    entry->key = *key;
    write_barrier();
    *(volatile __u32*)&tsa_wait_kinds = index;
    return entry;
}

static __noinline int add_wait(const struct tsa_wait_key* key, __u64 length_ns, __u64 end_ns) {
    struct tsa_wait_entry* entry = entry_of(key);
    if (!entry) {
        return 0;
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
    return 0;
}

static __always_inline void note_ended(__u64 state, __u64 waited_ns, __u64 queued_ns, __u64 in_ns, bool was_queued) {
    tsa_target_event.state = (__u8)state;
    tsa_target_event.waited_ns = waited_ns;
    tsa_target_event.queued_ns = queued_ns;
    tsa_target_event.in_ns = in_ns;
    tsa_target_event.was_queued = was_queued;
    tsa_target_event.has_ended = 1;
}

/* The thread is on a CPU, or has been since (`leaving`: its switch-in was hidden, and the probes have corrected that).
 * */
static __always_inline void end(const struct tsa_slot* slot, __u32 number, bool leaving) {
    struct open_wait* wait = &open_wait;
    if (wait->slot != number || wait->life != slot->life || slot->entries[TSA_EXEC] != wait->exec_entries + 1) {
        tsa_waits_missed++;
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
        add_wait(&key, queued_ns, in_ns);
        note_ended(state, 0, queued_ns, in_ns, true);
        return;
    }
    __u64 waited_ns = slot->ns[state] - wait->state_ns;
    add_wait(&key, waited_ns, in_ns - queued_ns);
    __u64 queued = slot->entries[TSA_CPU_WAIT] - wait->cpu_wait_entries;
    if (leaving && slot->state == TSA_CPU_WAIT) {
        queued--; /* the one that starts now */
    }
    note_ended(state, waited_ns, queued_ns, in_ns, queued != 0);
    if (queued) {
        struct tsa_wait_key woken = {.state = TSA_CPU_WAIT, .syscall = TSA_NO_SYSCALL};
        add_wait(&woken, queued_ns, in_ns);
    }
}

/* At the first event: a copy since which the same thread got on a CPU exactly once has the wait that ended. */
static __always_inline bool begin_primed(const struct tsa_slot* primed, const struct tsa_slot* slot, __u32 number) {
    if (primed->life != slot->life || primed->index != slot->index || !is_wait(primed->state) ||
        primed->entries[TSA_EXEC] + 1 != slot->entries[TSA_EXEC]) {
        return false;
    }
    begin(primed, number);
    return true;
}

static __always_inline void on_target(struct task_struct* task, bool leaving) {
    if (task->start_boottime != tsa_target_start_ns) {
        return;
    }
    struct tsa_task* data = task_data(task);
    __u32 number = data ? data->slot : 0;
    struct tsa_slot* slot = number ? slot_at(number) : 0;
    if (!slot || slot->life != data->life || (tsa_target_translated && slot->tid != tsa_target_tid)) {
        return;
    }
    tsa_target_event.slot = number;
    tsa_target_event.has_ended = tsa_target_event.has_begun = 0;
    if (!event_seen) {
        event_seen = true;
        if (!begin_primed(&tsa_primed[1], slot, number)) {
            begin_primed(&tsa_primed[0], slot, number);
        }
    } else if (!leaving && !open_wait.slot) {
        tsa_waits_missed++;
    }
    if (open_wait.slot) {
        end(slot, number, leaving);
    }
    if (leaving && is_wait(slot->state)) {
        begin(slot, number);
        tsa_target_event.has_begun = 1;
    }
}

/* In a container's PID namespace the TID is none that the kernel knows at hand: see on_target. */
static __always_inline bool is_target(struct task_struct* task) {
    return tsa_target_translated || (__u32)task->pid == tsa_target_tid;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(tsa_target_switch, bool preempt, struct task_struct* prev, struct task_struct* next) {
    if (is_target(prev)) {
        on_target(prev, true);
    }
    if (is_target(next)) {
        on_target(next, false);
    }
    return 0;
}

/* Attached after the one above, while stacks are looked at. */
static __always_inline void account_stacks(void* context, struct task_struct* task) {
    struct tsa_task* data = task->start_boottime == tsa_target_start_ns ? task_data(task) : 0;
    struct tsa_slot* slot = data && data->slot && data->slot == tsa_target_event.slot ? slot_at(data->slot) : 0;
    if (!slot) {
        return;
    }
    tsa_target_event.slot = 0;
    if (tsa_target_event.has_ended) {
        end_stack(&tsa_target_event);
    }
    if (tsa_target_event.has_begun) {
        begin_stack(context, task, slot);
    }
}

SEC("tp_btf/sched_switch")
int BPF_PROG(tsa_target_stacks, bool preempt, struct task_struct* prev, struct task_struct* next) {
    if (is_target(prev)) {
        account_stacks(ctx, prev);
    } else if (is_target(next)) {
        account_stacks(ctx, next);
    }
    return 0;
}
