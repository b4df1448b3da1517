// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Reads the memory of locks that threads wait for, on request from user space, to find their current holders. Not
 * attached to any event. The scheduler probes cannot do this: at a refresh the waiter is not the running thread.
 *
 * User-space locks are read in one of two ways, with the same result. tsa_read_locks reads the whole list in one call,
 * on kernels where a program of its type can look up a task. tsa_read_lock is an iterator over the single thread
 * specified by its link (Linux 6.1). Both may sleep: on the target's mmap_lock, and on a page that must be read in.
 * Running them needs no capability.
 */
#include "kernel_types.h"
#include "tsa_locks.h"
#include "view.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define ESRCH 3

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, TSA_LOCK_LISTS* TSA_MAX_LOCKS);
    __type(key, __u32);
    __type(value, struct tsa_lock_query);
} tsa_locks SEC(".maps");

__u32 tsa_lock_to_read = 0; /* the entry of tsa_locks that tsa_read_lock reads */

extern struct task_struct* bpf_task_from_pid(__s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct* task) __ksym __weak;

static __always_inline struct tsa_lock_query* query_at(__u32 index) {
    return bpf_map_lookup_elem(&tsa_locks, &index);
}

static __always_inline void finish(struct tsa_lock_query* query, long error) {
    query->error = (__s32)error;
    write_barrier();
    *(volatile __u64*)&query->at_ns = bpf_ktime_get_ns();
}

static __always_inline long copy_words(struct tsa_lock_query* query, struct task_struct* task) {
    return bpf_copy_from_user_task(query->words, sizeof(query->words), (void*)query->address, task, 0);
}

static long read_user_lock(__u32 nth, __u32* begin) {
    struct tsa_lock_query* query = query_at(*begin + nth);
    if (!query) {
        return 1;
    }
    if (query->kind != TSA_LOCK_USER) {
        return 0;
    }
    struct task_struct* task = bpf_task_from_pid((__s32)query->tid);
    if (!task) {
        finish(query, -ESRCH);
        return 0;
    }
    long error = copy_words(query, task);
    bpf_task_release(task);
    finish(query, error);
    return 0;
}

SEC("syscall")
int tsa_read_locks(struct tsa_lock_range* range) {
    __u32 begin = range->begin;
    bpf_loop(range->end - begin, read_user_lock, &begin, 0);
    return 0;
}

SEC("iter.s/task")
int tsa_read_lock(struct bpf_iter__task* context) {
    struct task_struct* task = context->task;
    struct tsa_lock_query* query = query_at(tsa_lock_to_read);
    /* After a call that hung, two threads may set the entry at the same time. */
    if (task && query && seen_tid(task) == query->tid) {
        finish(query, copy_words(query, task));
    }
    return 0;
}

static long read_kernel_lock(__u32 nth, __u32* begin) {
    struct tsa_lock_query* query = query_at(*begin + nth);
    if (!query) {
        return 1;
    }
    void* lock = (void*)query->address;
    if (query->kind == TSA_LOCK_KERNEL_MUTEX) {
        query->words[0] = seen_tid(mutex_owner(lock));
    } else if (query->kind == TSA_LOCK_KERNEL_RWSEM) {
        query->words[0] = seen_tid(rwsem_owner(lock));
    } else {
        return 0;
    }
    finish(query, 0);
    return 0;
}

SEC("syscall")
int tsa_read_kernel_locks(struct tsa_lock_range* range) {
    __u32 begin = range->begin;
    bpf_loop(range->end - begin, read_kernel_lock, &begin, 0);
    return 0;
}
