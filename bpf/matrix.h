// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Whose CPU time each cgroup waits for, of all threads. The scheduler probes
 * are compiled a further time with TSA_MATRIX, for recordings that ask for it:
 * as a part of their programs it costs half of what separate programs would.
 * Without TSA_MATRIX the programs contain none of this.
 *
 * Each CPU has the time that it ran each of the cgroups that ran there last. A
 * thread that is queued keeps a copy of them; what they have grown by at the
 * end of its wait is what ran meanwhile, however many switches there were:
 *
 *   wakeup, preemption:  the thread is queued at a CPU: copy
 *   migration:           charge what has grown there; copy of the new CPU's
 *   switch to it:        charge what has grown; what that does not explain is
 * unknown
 *
 * The charges of a wait add up to its length. Time in which the own quota was
 * used up is no one else's doing; when in the wait that was is not known, so
 * all others are charged in proportion.
 */
#ifndef TSA_MATRIX_CODE_H
#define TSA_MATRIX_CODE_H

#include "slot_maps.h"

#ifdef TSA_MATRIX

#include "tsa_matrix.h"

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1); /* as many as CPUs; set before load */
    __type(key, __u32);
    __type(value, struct tsa_cpu_times);
} tsa_cpu_times SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1); /* as many as slots; set before load */
    __type(key, __u32);
    __type(value, struct tsa_queued);
} tsa_queued SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, TSA_MATRIX_CELLS); /* times CPUs; set before load */
    __type(key, __u32);
    __type(value, struct tsa_matrix_cell);
} tsa_matrix_cells SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, TSA_MATRIX_PAIRS);
    __type(key, struct tsa_matrix_key);
    __type(value, __u64);
} tsa_matrix SEC(".maps");

/* Charges that found no room in the table, in ns. A map, since all variants
 * have the same variables. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} tsa_matrix_missed SEC(".maps");

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
        return newer->thread_info.cpu;
    }
    return ((struct task_struct___with_cpu*)task)->cpu;
}

static __always_inline struct tsa_cpu_times* times_at(__u32 cpu) {
    return bpf_map_lookup_elem(&tsa_cpu_times, &cpu);
}

static __always_inline struct tsa_queued* queued_at(const struct tsa_slot* slot) {
    __u32 index = slot->index;
    return bpf_map_lookup_elem(&tsa_queued, &index);
}

static __always_inline __u64 cgroup_user(const struct tsa_slot* slot) {
    if (slot->flags & TSA_F_KTHREAD) {
        return TSA_CULPRIT_KERNEL;
    }
    return slot->cgroup_id ? slot->cgroup_id : TSA_CULPRIT_UNKNOWN;
}

/* ---- the matrix ---- */

static __noinline int flush(struct tsa_matrix_cell* cell) {
    if (!cell || !cell->ns) {
        return 0;
    }
    struct tsa_matrix_key key = cell->key;
    __u64* known = bpf_map_lookup_elem(&tsa_matrix, &key);
    if (known) {
        __sync_fetch_and_add(known, cell->ns);
    } else {
        __u64 first = cell->ns;
        if (bpf_map_update_elem(&tsa_matrix, &key, &first, BPF_NOEXIST) != 0) {
            __u32 zero = 0;
            __u64* missed = bpf_map_lookup_elem(&tsa_matrix_missed, &zero);
            if (missed) {
                __sync_fetch_and_add(missed, first);
            }
        }
    }
    cell->ns = 0;
    return 0;
}

static __always_inline void charge(__u32 cpu, __u64 victim, __u64 culprit, __u64 ns) {
    __u64 mixed = (victim * 0x9e3779b97f4a7c15ull) ^ (culprit * 0xc2b2ae3d27d4eb4full);
    __u32 index = cpu * TSA_MATRIX_CELLS + (__u32)(mixed >> 40) % TSA_MATRIX_CELLS;
    struct tsa_matrix_cell* cell = bpf_map_lookup_elem(&tsa_matrix_cells, &index);
    if (!cell) {
        return;
    }
    if (cell->key.victim != victim || cell->key.culprit != culprit) {
        flush(cell);
        cell->key.victim = victim;
        cell->key.culprit = culprit;
    }
    *(volatile __u64*)&cell->ns = cell->ns + ns;
}

/* ---- what ran on a CPU ---- */

/* The index of that culprit in the CPU's times: in place of one that did not run lately, if it is new there. */
static __always_inline __u32 place_of(struct tsa_cpu_times* times, __u64 id, __u64 now) {
    for (__u32 at = 0; at < TSA_CPU_CULPRITS; at++) {
        if (times->id[at] == id) {
            return at;
        }
    }
    __u32 hand = times->hand;
    for (__u32 step = 0; step < TSA_CPU_CULPRITS; step++) {
        hand = (hand + 1) & (TSA_CPU_CULPRITS - 1);
        if (!(times->used >> hand & 1)) {
            break;
        }
        times->used &= (__u16) ~(1u << hand);
    }
    times->hand = (__u16)hand;
    times->id[hand] = id;
    times->ns[hand] = 0;
    times->born_ns[hand] = now;
    return hand;
}

/* Of what the CPU runs now, what is not in `ns` yet. */
static __always_inline __u64 current_part(const struct tsa_cpu_times* times, __u64 now) {
    return now > times->since_ns ? now - times->since_ns : 0;
}

/* ---- a wait ---- */

static __always_inline void copy_times(struct tsa_queued* queued, const struct tsa_cpu_times* times, __u32 cpu,
                                       __u64 now) {
    queued->cpu = cpu;
    queued->from_ns = now;
    queued->switches = times->switches;
    for (__u32 at = 0; at < TSA_CPU_CULPRITS; at++) {
        queued->ns[at] = times->ns[at];
    }
    queued->ns[times->running & (TSA_CPU_CULPRITS - 1)] += current_part(times, now);
}

static __always_inline void enqueue(const struct tsa_slot* slot, __u32 cpu) {
    struct tsa_queued* queued = queued_at(slot);
    struct tsa_cpu_times* times = times_at(cpu);
    if (!queued || !times || (queued->life == slot->life && queued->wait_since_ns == slot->since_ns)) {
        return;
    }
    queued->wait_since_ns = slot->since_ns;
    queued->cpu_wait_ns = slot->ns[TSA_CPU_WAIT];
    queued->throttled_ns = slot->part_ns[TSA_PART_THROTTLED];
    queued->charged_ns = 0;
    copy_times(queued, times, cpu, slot->since_ns);
    queued->life = slot->life;
}

/* Only what was running when it was queued has run since: most waits are like that. */
static __always_inline __u64 charge_one(__u32 here, const struct tsa_queued* queued, const struct tsa_cpu_times* times,
                                        __u64 victim, __u32 ran, __u64 limit) {
    __u64 ns = times->ns[ran] > queued->ns[ran] ? times->ns[ran] - queued->ns[ran] : 0;
    ns = ns < limit ? ns : limit;
    charge(here, victim, times->id[ran], ns);
    return ns;
}

/* What ran on the CPU that it was queued at, at most `limit` ns of it, each times numerator / denominator. Returns the
 * sum of charges. */
static __always_inline __u64 charge_growth(__u32 here, const struct tsa_queued* queued,
                                           const struct tsa_cpu_times* times, __u64 victim, __u64 limit,
                                           __u64 numerator, __u64 denominator) {
    __u64 left = limit;
    for (__u32 at = 0; at < TSA_CPU_CULPRITS; at++) {
        __u64 is = times->ns[at];
        __u64 was = queued->ns[at];
        if (is == was) {
            continue;
        }
        __u64 ns = times->born_ns[at] > queued->from_ns ? is : is > was ? is - was : 0;
        if (numerator != denominator && denominator) {
            ns = ns * numerator / denominator;
        }
        if (ns > left) {
            ns = left;
        }
        if (ns) {
            charge(here, victim, times->id[at], ns);
            left -= ns;
        }
    }
    return limit - left;
}

/* It has been switched to. */
static __always_inline void end_wait(__u32 here, const struct tsa_slot* slot, const struct tsa_cpu_times* times,
                                     __u32 ran) {
    struct tsa_queued* queued = queued_at(slot);
    if (!queued || queued->life != slot->life) {
        return;
    }
    queued->life = 0;
    __u64 victim = cgroup_user(slot);
    __u64 waited = slot->ns[TSA_CPU_WAIT] - queued->cpu_wait_ns;
    waited = waited > queued->charged_ns ? waited - queued->charged_ns : 0;
    __u64 throttled = slot->part_ns[TSA_PART_THROTTLED] - queued->throttled_ns;
    if (throttled > waited) {
        throttled = waited;
    }
    __u64 open = waited - throttled;
    bool is_simple = times->switches == queued->switches + 1 && !throttled;
    __u64 charged = is_simple ? charge_one(here, queued, times, victim, ran, open)
                              : charge_growth(here, queued, times, victim, open, open, waited);
    if (throttled) {
        charge(here, victim, TSA_CULPRIT_QUOTA, throttled);
    }
    if (open > charged) {
        charge(here, victim, TSA_CULPRIT_UNKNOWN, open - charged);
    }
}

/* The slot that the thread has now. */
static __always_inline struct tsa_slot* matrix_slot(const struct tsa_task* data) {
    return data->slot ? slot_at(data->slot) : 0;
}

/* After the slots have the event. `preempted`: the slot of the thread that was switched from, if it is runnable;
 * `started`: of the one that was switched to. Either may be null. */
static __always_inline int matrix_switch(struct tsa_slot* preempted, struct tsa_slot* started, __u64 now, bool idle) {
    __u32 cpu = bpf_get_smp_processor_id();
    struct tsa_cpu_times* times = times_at(cpu);
    if (!times) {
        return 0;
    }
    __u32 ran = times->running & (TSA_CPU_CULPRITS - 1);
    if (times->since_ns && now > times->since_ns) {
        times->ns[ran] += now - times->since_ns;
    }
    times->used |= (__u16)(1u << ran);
    times->since_ns = now;
    times->switches++;
    /* First, since a culprit that is new here takes the place of another. */
    if (started) {
        end_wait(cpu, started, times, ran);
    }
    __u64 next = idle ? TSA_CULPRIT_IDLE : started ? cgroup_user(started) : TSA_CULPRIT_UNKNOWN;
    if (times->id[ran] != next) {
        times->running = place_of(times, next, now);
    }
    if (preempted) {
        enqueue(preempted, cpu);
    }
    return 0;
}

static __noinline int matrix_wakeup(struct tsa_slot* slot, __u32 cpu) {
    if (slot) {
        enqueue(slot, cpu);
    }
    return 0;
}

SEC("tp_btf/sched_migrate_task")
int BPF_PROG(tsa_matrix_migrate, struct task_struct* task, int to) {
    struct tsa_task* data = task->pid ? task_data(task) : 0;
    struct tsa_slot* slot = data && data->slot ? slot_at(data->slot) : 0;
    struct tsa_queued* queued = slot && slot->state == TSA_CPU_WAIT ? queued_at(slot) : 0;
    if (!queued || queued->life != slot->life || queued->cpu == (__u32)to) {
        return 0;
    }
    struct tsa_cpu_times* old = times_at(queued->cpu);
    struct tsa_cpu_times* new = times_at((__u32)to);
    __u64 now = bpf_ktime_get_ns();
    if (!old || !new || now < queued->from_ns) {
        return 0;
    }
    __u64 victim = cgroup_user(slot);
    __u64 waited_ns = now - queued->from_ns;
    __u32 here = bpf_get_smp_processor_id();
    __u64 charged_ns = charge_growth(here, queued, old, victim, waited_ns, 1, 1);
    /* What runs there now has not been added to its time yet. A thread that was queued later counts from then on. */
    __u32 running = old->running & (TSA_CPU_CULPRITS - 1);
    __u64 from_ns = old->since_ns > queued->from_ns ? old->since_ns : queued->from_ns;
    __u64 rest_ns = now > from_ns ? now - from_ns : 0;
    rest_ns = rest_ns < waited_ns - charged_ns ? rest_ns : waited_ns - charged_ns;
    charge(here, victim, old->id[running], rest_ns);
    queued->charged_ns += charged_ns + rest_ns;
    copy_times(queued, new, (__u32)to, now);
    return 0;
}

#else

#define matrix_switch(preempted, started, now, idle) (void)(preempted), (void)(started)
#define matrix_wakeup(slot, cpu)
#define matrix_slot(data) 0

#endif

#endif
