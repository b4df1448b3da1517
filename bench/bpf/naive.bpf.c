// SPDX-License-Identifier: MIT
/* A naive monitor: a hash map from TID to the time when it got its CPU, with an entry added and deleted at each switch;
 * a hash map from TID to totals, updated in place; memory and I/O of the thread read at every switch. User space
 * iterates over the second map for each sample. */
#include "kernel.h"

#include "../naive.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, NAIVE_THREADS);
    __type(key, __u32);
    __type(value, __u64);
} running_since SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, NAIVE_THREADS);
    __type(key, __u32);
    __type(value, struct naive_totals);
} totals SEC(".maps");

static __always_inline __u64 rss_bytes(struct task_struct* task) {
    struct mm_struct* mm = BPF_CORE_READ(task, mm);
    if (!mm) {
        return 0;
    }
    __s64 pages = 0;
    if (bpf_core_field_exists(mm->rss_stat[0].count)) {
        /* files, anonymous, shared memory; entry 2 is swap, which is not resident */
        pages = BPF_CORE_READ(mm, rss_stat[0].count) + BPF_CORE_READ(mm, rss_stat[1].count) +
                BPF_CORE_READ(mm, rss_stat[3].count);
    } else {
        struct mm_struct___before_6_2* old = (void*)mm;
        pages = BPF_CORE_READ(old, rss_stat.count[0].counter) + BPF_CORE_READ(old, rss_stat.count[1].counter) +
                BPF_CORE_READ(old, rss_stat.count[3].counter);
    }
    return pages > 0 ? (__u64)pages * 4096 : 0;
}

static __always_inline struct naive_totals* totals_of(struct task_struct* task, __u32 tid) {
    struct naive_totals* known = bpf_map_lookup_elem(&totals, &tid);
    if (known) {
        return known;
    }
    struct naive_totals fresh = {};
    BPF_CORE_READ_STR_INTO(&fresh.comm, task, comm);
    bpf_map_update_elem(&totals, &tid, &fresh, BPF_NOEXIST);
    return bpf_map_lookup_elem(&totals, &tid);
}

static __always_inline void switch_out(struct task_struct* task, __u32 tid, __u64 now) {
    struct naive_totals* sum = totals_of(task, tid);
    __u64* since = bpf_map_lookup_elem(&running_since, &tid);
    if (sum) {
        if (since) {
            sum->exec_ns += now - *since;
        }
        sum->switches++;
        sum->tgid = BPF_CORE_READ(task, tgid);
        sum->rss_bytes = rss_bytes(task);
        sum->read_bytes = BPF_CORE_READ(task, ioac.read_bytes);
        sum->write_bytes = BPF_CORE_READ(task, ioac.write_bytes);
    }
    bpf_map_delete_elem(&running_since, &tid);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(naive_switch, bool preempt, struct task_struct* prev, struct task_struct* next) {
    __u64 now = bpf_ktime_get_ns();
    __u32 prev_tid = prev->pid;
    __u32 next_tid = next->pid;
    if (prev_tid) {
        switch_out(prev, prev_tid, now);
    }
    if (next_tid) {
        bpf_map_update_elem(&running_since, &next_tid, &now, BPF_ANY);
    }
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
