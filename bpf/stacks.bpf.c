// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Copies the registers and stacks of blocked threads, on request from user space. Not attached to any event, stops no
 * thread. Loaded when the first stack is looked at.
 *
 * Threads are read in one of two ways, with the same result. tsa_read_stacks reads the whole list in one call, on
 * kernels where a program of its type can look up a task. tsa_read_stack is an iterator over the single thread
 * specified by its link (Linux 6.1). Both may sleep: on the target's mmap_lock, and on a page that must be read in.
 * Running them needs no capability.
 */
#include "kernel_types.h"
#include "tsa_stacks.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define ESRCH 3
#define EAGAIN 11

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, TSA_MAX_STACKS);
    __type(key, __u32);
    __type(value, struct tsa_stack_query);
} tsa_stacks SEC(".maps");

__u32 tsa_stacks_begin = 0; /* first entry of tsa_stacks that a call reads; tsa_read_stack reads only this one */
__u32 tsa_stacks_end = 0;   /* exclusive */

extern struct task_struct* bpf_task_from_pid(__s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct* task) __ksym __weak;

static __always_inline struct tsa_stack_query* query_at(__u32 index) {
    return bpf_map_lookup_elem(&tsa_stacks, &index);
}

static __always_inline void finish(struct tsa_stack_query* query, long error) {
    query->error = (__s32)error;
    write_barrier();
    *(volatile __u64*)&query->at_ns = bpf_ktime_get_ns();
}

/* In chunks: a copy that goes beyond the end of the stack would fail as a whole. */
static __always_inline void copy_stack(struct tsa_stack_query* query, struct task_struct* task, __u64 from) {
    __u64 have = 0;
    for (int nth = 0; nth < TSA_STACK_BYTES / TSA_STACK_CHUNK; ++nth) {
        __u64 want = TSA_STACK_CHUNK - ((from + have) & (TSA_STACK_CHUNK - 1));
        one_register(want);
        one_register(have);
        if (have > TSA_STACK_BYTES - TSA_STACK_CHUNK || want > TSA_STACK_CHUNK ||
            bpf_copy_from_user_task(query->stack + have, want, (void*)(from + have), task, 0) != 0) {
            break;
        }
        have += want;
    }
    query->stack_bytes = (__u32)have;
}

/* Changes whenever the thread leaves a CPU. */
static __always_inline __u64 switches(struct task_struct* task) {
    return BPF_CORE_READ(task, nvcsw) + BPF_CORE_READ(task, nivcsw);
}

/* Its registers and stack change. The field is a byte since 7.3: a plain BPF_CORE_READ would read its neighbors, too.
 */
static __always_inline bool on_cpu(struct task_struct* task) {
    return BPF_CORE_READ_BITFIELD_PROBED(task, on_cpu) != 0;
}

static __always_inline void copy_user(struct tsa_stack_query* query, struct task_struct* task) {
    if (BPF_CORE_READ(task, flags) & (PF_KTHREAD | PF_IO_WORKER)) {
        query->flags = TSA_STACK_NO_USER;
        return;
    }
    query->flags = read_registers(task, query->registers) ? TSA_STACK_COMPAT : 0;
    copy_stack(query, task, query->registers[TSA_STACK_POINTER]);
}

static __always_inline void copy_task(struct tsa_stack_query* query, struct task_struct* task) {
    __u64 before = switches(task);
    query->stack_bytes = 0;
    query->kernel_frames = 0;
    if (BPF_CORE_READ(task, start_boottime) != query->start_time_ns) {
        finish(query, -ESRCH);
        return;
    }
    if (on_cpu(task)) {
        finish(query, -EAGAIN);
        return;
    }
    long bytes = bpf_get_task_stack(task, query->kernel, sizeof(query->kernel), 0);
    query->kernel_frames = bytes > 0 ? (__u32)bytes / sizeof(query->kernel[0]) : 0;
    copy_user(query, task);
    finish(query, on_cpu(task) || switches(task) != before ? -EAGAIN : 0);
}

static long read_stack(__u32 nth, void* unused) {
    struct tsa_stack_query* query = query_at(tsa_stacks_begin + nth);
    if (!query) {
        return 1;
    }
    struct task_struct* task = bpf_task_from_pid((__s32)query->tid);
    if (!task) {
        finish(query, -ESRCH);
        return 0;
    }
    copy_task(query, task);
    bpf_task_release(task);
    return 0;
}

SEC("syscall")
int tsa_read_stacks(void* context) {
    bpf_loop(tsa_stacks_end - tsa_stacks_begin, read_stack, 0, 0);
    return 0;
}

SEC("iter.s/task")
int tsa_read_stack(struct bpf_iter__task* context) {
    struct task_struct* task = context->task;
    struct tsa_stack_query* query = query_at(tsa_stacks_begin);
    if (task && query) {
        copy_task(query, task);
    }
    return 0;
}
