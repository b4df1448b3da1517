// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Whose CPU time a chosen thread waits for: while it is in the queue of a CPU, each thread that runs there is charged.
 * Attached while something asks for neighbors, after the scheduler probes: at each event the slots already have its
 * time, which is used here too, so that charges never add up to more than the wait.
 *
 *   wakeup, preemption:   the victim is queued at a CPU
 *   switch on that CPU:   the thread that leaves it is charged for what it ran since
 *   migration:            the same at the next switch there, for the part up to the migration
 *   switch to the victim: it is queued no longer
 */
#include "slot_maps.h"
#include "tsa_neighbors.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* The victim in each slot: its number in tsa_victims + 1. Written by user space. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1); /* as many as slots; set before load */
    __type(key, __u32);
    __type(value, __u64);
} tsa_victim_of SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, TSA_VICTIMS);
    __type(key, __u32);
    __type(value, struct tsa_victim);
} tsa_victims SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, TSA_CHARGES);
    __type(key, struct tsa_charge_key);
    __type(value, struct tsa_charge);
} tsa_charges SEC(".maps");

/* Since when a CPU has run its thread. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} tsa_running_since SEC(".maps");

__u32 tsa_victims_used = 0; /* set by user space */

const volatile __u8 tsa_neighbors_translated = 0; /* user space is in a PID namespace */

struct thread_info___with_cpu {
    __u32 cpu;
} CO_RE;
struct task_struct___with_thread_info {
    struct thread_info___with_cpu thread_info;
} CO_RE;
/* before 5.16 */
struct task_struct___with_cpu {
    __u32 cpu;
} CO_RE;

static __always_inline __u32 cpu_of(struct task_struct* task) {
    struct task_struct___with_thread_info* newer = (void*)task;
    if (bpf_core_field_exists(newer->thread_info.cpu)) {
        return BPF_CORE_READ(newer, thread_info.cpu);
    }
    return BPF_CORE_READ((struct task_struct___with_cpu*)task, cpu);
}

static __always_inline struct tsa_slot* slot_of(struct task_struct* task, __u32* number) {
    struct tsa_task* data = task->pid ? task_data(task) : 0;
    *number = data ? data->slot : 0;
    return *number ? slot_at(*number) : 0;
}

static __always_inline struct tsa_victim* victim_at(__u32 index) {
    return bpf_map_lookup_elem(&tsa_victims, &index);
}

static __always_inline struct tsa_victim* victim_in(const struct tsa_slot* slot, __u32 number) {
    __u32 index = number - 1;
    __u64* place = slot ? bpf_map_lookup_elem(&tsa_victim_of, &index) : 0;
    if (!place || !*place) {
        return 0;
    }
    struct tsa_victim* victim = victim_at((__u32)*place - 1);
    return victim && victim->slot == number && victim->life == slot->life ? victim : 0;
}

/* The thread that leaves a CPU. */
struct runner {
    struct tsa_charge_key key;
    struct tsa_charge charge;
    __u32 slot; /* number + 1; 0: none */
};

static __always_inline void identify(struct task_struct* task, const struct tsa_slot* slot, struct runner* out) {
    if (slot) {
        out->key.start_time_ns = slot->start_time_ns;
        out->key.tid = slot->tid;
        out->charge.tgid = slot->tgid;
        out->charge.cgroup_id = slot->cgroup_id;
        out->charge.flags = slot->flags & TSA_F_KTHREAD ? TSA_CHARGE_KTHREAD : 0;
        __builtin_memcpy(out->charge.comm, slot->comm, TSA_COMM_LEN);
        return;
    }
    if (!task->pid) {
        out->charge.flags = TSA_CHARGE_IDLE;
        return;
    }
    out->key.start_time_ns = task->start_boottime;
    out->key.tid = tsa_neighbors_translated ? 0 : (__u32)task->pid;
    out->charge.tgid = tsa_neighbors_translated ? 0 : (__u32)task->tgid;
    out->charge.flags = task->flags & PF_KTHREAD ? TSA_CHARGE_KTHREAD : 0;
    bpf_probe_read_kernel(out->charge.comm, TSA_COMM_LEN, task->comm);
}

/* Its own quota is used up. Before 6.18 a queued thread stays queued then, in a run queue that is throttled. */
static __always_inline bool is_throttled(const struct tsa_victim* victim) {
    struct tsa_slot* slot = victim->slot ? slot_at(victim->slot) : 0;
    if (slot && (slot->flags & TSA_F_THROTTLED)) {
        return true;
    }
    struct task_struct* task = (void*)victim->task;
    struct cfs_rq* queue = task ? BPF_CORE_READ(task, se.cfs_rq) : 0;
    return queue && bpf_core_field_exists(queue->throttle_count) && BPF_CORE_READ(queue, throttle_count) != 0;
}

static __always_inline void charge(struct tsa_victim* victim, __u32 index, struct runner* runner, __u64 ns) {
    if (victim->throttled) {
        victim->own_quota_ns += ns;
        return;
    }
    /* Copies: 6.1 takes keys and values of a map only from the program's stack. */
    struct tsa_charge_key key = runner->key;
    key.victim = index;
    struct tsa_charge* known = bpf_map_lookup_elem(&tsa_charges, &key);
    if (known) {
        __sync_fetch_and_add(&known->ns, ns);
        return;
    }
    struct tsa_charge first = runner->charge;
    first.ns = ns;
    if (bpf_map_update_elem(&tsa_charges, &key, &first, BPF_NOEXIST) != 0) {
        victim->uncharged_ns += ns;
    }
}

/* The runner ran on the CPU from `from` to `now`. Not static: the verifier checks it once, instead of for each victim.
 */
__noinline int charge_victim(__u32 index, struct runner* runner, __u32 cpu, __u64 from, __u64 now) {
    struct tsa_victim* victim = victim_at(index);
    if (!victim || !runner) {
        return 0;
    }
    if (victim->has_left && victim->left_cpu == cpu) {
        __u64 begin = victim->left_from_ns > from ? victim->left_from_ns : from;
        if (victim->left_at_ns > begin) {
            charge(victim, index, runner, victim->left_at_ns - begin);
        }
        victim->has_left = 0;
    }
    if (victim->queued && victim->slot == runner->slot) {
        victim->queued = 0; /* the switch to it was hidden: so is who ran before it */
    }
    if (victim->queued && victim->cpu == cpu) {
        __u64 begin = victim->since_ns > from ? victim->since_ns : from;
        if (now > begin) {
            charge(victim, index, runner, now - begin);
        }
        victim->since_ns = now;
        victim->throttled = is_throttled(victim);
    }
    return 0;
}

static __always_inline void charge_victims(struct runner* runner, __u32 cpu, __u64 from, __u64 now) {
    __u32 used = tsa_victims_used;
    for (__u32 index = 0; index < TSA_VICTIMS; ++index) {
        if (index >= used) {
            break;
        }
        charge_victim(index, runner, cpu, from, now);
    }
}

static __always_inline void enqueue(struct tsa_victim* victim, struct task_struct* task, __u32 cpu, __u64 now) {
    struct tsa_task* data = task_data(task);
    /* A number: it is read only while the task is queued, and so exists. */
    *(volatile __u64*)&victim->task = data && data->has_quota ? (__u64)task : 0;
    victim->cpu = cpu;
    victim->since_ns = now;
    victim->throttled = is_throttled(victim);
    victim->queued = 1;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(tsa_neighbor_switch, bool preempt, struct task_struct* prev, struct task_struct* next) {
    __u32 zero = 0;
    __u64* since = bpf_map_lookup_elem(&tsa_running_since, &zero);
    if (!since) {
        return 0;
    }
    __u32 next_number = 0;
    __u32 prev_number = 0;
    struct tsa_slot* next_slot = slot_of(next, &next_number);
    struct tsa_slot* prev_slot = slot_of(prev, &prev_number);
    __u64 now = next_slot ? next_slot->since_ns : prev_slot ? prev_slot->since_ns : bpf_ktime_get_ns();
    __u32 cpu = bpf_get_smp_processor_id();
    if (tsa_victims_used) {
        struct runner runner = {};
        identify(prev, prev_slot, &runner);
        runner.slot = prev_number;
        charge_victims(&runner, cpu, *since, now);
    }
    *since = now;
    struct tsa_victim* victim = victim_in(next_slot, next_number);
    if (victim) {
        victim->queued = 0;
    }
    victim = victim_in(prev_slot, prev_number);
    if (victim && prev_slot->state == TSA_CPU_WAIT) {
        enqueue(victim, prev, cpu, now);
    }
    return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(tsa_neighbor_wakeup, struct task_struct* task) {
    __u32 number = 0;
    struct tsa_slot* slot = slot_of(task, &number);
    struct tsa_victim* victim = victim_in(slot, number);
    /* Often it is already running or queued. */
    if (victim && slot->state == TSA_CPU_WAIT && !victim->queued) {
        enqueue(victim, task, cpu_of(task), slot->since_ns);
    }
    return 0;
}

SEC("tp_btf/sched_migrate_task")
int BPF_PROG(tsa_neighbor_migrate, struct task_struct* task, int to) {
    __u32 number = 0;
    struct tsa_slot* slot = slot_of(task, &number);
    struct tsa_victim* victim = victim_in(slot, number);
    if (!victim || !victim->queued || victim->cpu == (__u32)to) {
        return 0;
    }
    __u64 now = bpf_ktime_get_ns();
    /* The new CPU may be switching right now, and must not find one half of this. */
    *(volatile __u32*)&victim->queued = 0;
    write_barrier();
    if (victim->has_left) {
        victim->uncharged_ns += victim->left_at_ns - victim->left_from_ns;
    }
    victim->left_cpu = victim->cpu;
    victim->left_from_ns = victim->since_ns;
    victim->left_at_ns = now;
    victim->has_left = 1;
    victim->cpu = (__u32)to;
    victim->since_ns = now;
    write_barrier();
    *(volatile __u32*)&victim->queued = 1;
    return 0;
}
