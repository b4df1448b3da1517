// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Determines why a thread that leaves its CPU cannot continue: from its task state, its saved user registers, the
 * recorded causes (reclaim, kernel lock) and, for a D sleep that these do not explain, the kernel stack.
 */
#ifndef TSA_CLASSIFY_H
#define TSA_CLASSIFY_H

#include "slot.h"
#include "storage.h"
#include "tsa_futex_verdict.h"

/* Set by user space before load: the program itself has no system call numbers or addresses. */
const volatile __u8 tsa_syscall_class[TSA_SYSCALL_TABLE] = {};
const volatile __u8 tsa_compat_syscall_class[TSA_SYSCALL_TABLE] = {};
const volatile struct tsa_address_range tsa_swap_functions[TSA_MAX_RANGES] = {};
const volatile struct tsa_address_range tsa_memory_functions[TSA_MAX_RANGES] = {};
const volatile struct tsa_address_range tsa_userfault_function = {};
const volatile struct tsa_address_range tsa_sched_text = {};

struct wait {
    __u8 state;
    __u8 flags; /* TSA_F_* of this state */
    __u8 kind;  /* enum tsa_wait_kind */
    __u32 peer; /* see tsa_slot.wait_peer */
    __u64 ip;
    struct syscall_registers call;
};

/* How to get the kernel stack of the thread: by its context for the thread that switches out, by its task for any
 * other.
 */
struct stack_source {
    void* context;
    struct task_struct* task; /* null: use context */
};

struct stack_frames {
    __u64 ip[TSA_STACK_DEPTH];
};

/* 1 if the address is inside, otherwise 0. Branch-free, because each branch in the loop below would double the paths
 * that the verifier walks (2.7 s of load time, measured). Kernel addresses differ by far less than 2^63. */
static __always_inline __u64 inside(const volatile struct tsa_address_range* range, __u64 address) {
    __u64 not_below = ~(address - range->begin) >> 63;
    __u64 not_above = (address - range->end) >> 63;
    return not_below & not_above &
           ((range->end - 1) >> 63); /* unset ranges are {0, 0}: kernel addresses have the top bit */
}

static __always_inline __u64 is_nonzero(__u64 value) {
    return (value | -value) >> 63;
}

/* Looks for swap-in and memory throttling on the kernel stack, and stores the first function outside the scheduler (the
 * frames before the scheduler's own are ours and the tracepoint's). Returns TSA_SWAP_WAIT, TSA_MEM_WAIT or
 * TSA_STATE_COUNT for neither. Not static, so that the verifier walks it only once, separately. */
__noinline int tsa_scan_stack(struct stack_frames* frames, __u64* ip) {
    if (!frames || !ip) {
        return TSA_STATE_COUNT;
    }
    __u64 first = 0, swap = 0, memory = 0;
    for (int i = 0; i < TSA_STACK_DEPTH; i++) {
        __u64 address = frames->ip[i];
        __u64 keep = -is_nonzero(first);
        first = ((first & keep) | (address & ~keep)) & (inside(&tsa_sched_text, address) - 1);
        for (int r = 0; r < TSA_MAX_RANGES; r++) {
            swap |= inside(&tsa_swap_functions[r], address);
            memory |= inside(&tsa_memory_functions[r], address);
        }
    }
    *ip = first;
    if (memory) {
        return TSA_MEM_WAIT; /* reclaim inside a swap-in is the more direct cause */
    }
    return swap ? TSA_SWAP_WAIT : TSA_STATE_COUNT;
}

static __always_inline int read_and_scan_stack(const struct stack_source* source, struct wait* wait) {
    struct stack_frames frames = {};
    long bytes = source->task ? bpf_get_task_stack(source->task, &frames, sizeof(frames), 0)
                              : bpf_get_stack(source->context, &frames, sizeof(frames), 0);
    return bytes > 0 ? tsa_scan_stack(&frames, &wait->ip) : TSA_STATE_COUNT;
}

/* The code of sleeping locks is in the scheduler's section too: the first function outside it is the one that locks. */
static __always_inline void classify_kernel_lock(struct task_struct* task, const struct tsa_task* data,
                                                 struct wait* wait, const struct stack_source* source) {
    wait->state = TSA_LOCK_WAIT;
    wait->flags |= TSA_F_KERNEL_LOCK;
    read_and_scan_stack(source, wait);
    struct mm_struct* mm = BPF_CORE_READ(task, mm);
    if (mm && data->lock == (__u64)mm + bpf_core_field_offset(mm->mmap_lock)) {
        wait->kind = TSA_KIND_MMAP_LOCK;
    }
}

static __always_inline __u8 class_byte(const struct syscall_registers* call) {
    __u32 number = (__u32)call->number;
    if (number >= TSA_SYSCALL_TABLE) {
        return TSA_CLASS_SLEEP;
    }
    __u64 index = syscall_index(number);
    return call->compat ? tsa_compat_syscall_class[index] : tsa_syscall_class[index];
}

static __noinline int is_about_fuse(struct task_struct* task, const struct syscall_registers* call) {
    if (!task || !call || !(class_byte(call) & TSA_CLASS_OF_FILE)) {
        return 0;
    }
    struct file* file = file_of(task, (__u32)call->arg[0]);
    return file && is_fuse(file);
}

/* A page fault that a process serves. The stack was read. */
static __always_inline bool is_userfault(const struct wait* wait) {
    return inside(&tsa_userfault_function, wait->ip) != 0;
}

static __always_inline void classify_uninterruptible(struct task_struct* task, struct tsa_task* data, struct wait* wait,
                                                     const struct stack_source* source) {
    bool kthread = (task->flags & PF_KTHREAD) != 0;
    bool io = in_iowait(task);
    wait->state = io ? TSA_IO_WAIT : TSA_UNINTERRUPTIBLE;
    if (data->cause & CAUSE_MEMORY) {
        wait->state = TSA_MEM_WAIT;
        return;
    }
    if (!io && (data->cause & CAUSE_KERNEL_LOCK)) {
        classify_kernel_lock(task, data, wait, source);
        return;
    }
    /* I/O requested by a system call or a kernel thread needs no further explanation. Otherwise: a page fault, or an
     * unknown cause. */
    if (io && (kthread || wait->call.number != TSA_NO_SYSCALL)) {
        wait->state = !kthread && is_about_fuse(task, &wait->call) ? TSA_UNINTERRUPTIBLE : TSA_IO_WAIT;
        return;
    }
    int found = read_and_scan_stack(source, wait);
    if (found != TSA_STATE_COUNT) {
        wait->state = (__u8)found;
    } else if (io && in_memstall(task)) {
        wait->state = TSA_SWAP_WAIT; /* the page was evicted recently: thrashing */
    }
    wait->kind = is_userfault(wait) ? TSA_KIND_USERFAULT : TSA_KIND_NONE;
}

static __noinline int tsa_relation_of(const struct tsa_futex_wait* wait, __u32 tid) {
    struct tsa_tid_key key = {.pid_namespace = wait->pid_namespace, .tid = tid};
    struct tsa_tid_owner* owner = bpf_map_lookup_elem(&tsa_tids, &key);
    if (!owner) {
        return TSA_NO_THREAD;
    }
    return owner->tgid == wait->tgid ? TSA_SAME_PROCESS : TSA_OTHER_PROCESS;
}

/* Not static, so that the verifier walks it only once, separately. */
__noinline int tsa_judge_futex(const struct tsa_futex_wait* wait, struct tsa_futex_verdict* verdict) {
    if (wait && verdict) {
        tsa_futex_judge(wait, verdict);
    }
    return 0;
}

/* Records the wait in the thread's past, and sets what the past shows about it. */
static __always_inline void compare_with_past(struct tsa_task* data, struct tsa_futex_wait* wait) {
    __u64 index = (wait->address >> 2) ^ (wait->address >> 7);
    one_register(index);
    struct tsa_futex_past* past = &data->futexes[index & (TSA_FUTEX_PASTS - 1)];
    if (past->address != wait->address) {
        past->address = wait->address;
        past->value = wait->value;
        past->counter = 0;
        past->repeated = 0;
        return;
    }
    if (past->value == wait->value) {
        past->counter = 0; /* a counter would have moved on: the memory is a lock now */
        past->repeated = 1;
    } else {
        past->value = wait->value;
        past->counter = 1;
        past->repeated = 0;
    }
    wait->counter = past->counter;
    wait->repeated = past->repeated;
}

/* The words around the futex. The page in front of it may not exist. */
static __always_inline void read_words(struct tsa_futex_wait* wait) {
    if (bpf_probe_read_user(wait->words, sizeof(wait->words), (void*)(wait->address - TSA_FUTEX_BEFORE * 4)) == 0 ||
        bpf_probe_read_user(wait->words + TSA_FUTEX_BEFORE, sizeof(wait->words) - TSA_FUTEX_BEFORE * 4,
                            (void*)wait->address) == 0) {
        wait->has_words = 1;
    }
}

/* Whether the futex is in memory that user space has named. */
static __always_inline bool is_named_lock(const struct tsa_futex_wait* wait, __u8* kind) {
    struct tsa_named_range* range = bpf_map_lookup_elem(&tsa_named_ranges, &wait->tgid);
    if (!range || wait->address < range->begin || wait->address >= range->end) {
        return false;
    }
    *kind = (__u8)range->kind;
    return true;
}

/* How far above the stack pointer of a waiting thread the locals of its library's wait functions are. */
#define OWN_STACK_BYTES 1024

static __noinline int classify_futex(struct tsa_task* data, struct wait* out, __u32 class, bool is_current) {
    if (!data || !out) {
        return 0;
    }
    const struct syscall_registers* call = &out->call;
    struct tsa_futex_wait wait = {.address = call->arg[0], .compat = call->compat};
    if (class == TSA_CLASS_FUTEX2_WAIT) {
        wait.value = (__u32)call->arg[1];
        wait.operation = TSA_FUTEX_WAIT_BITSET | ((__u32)call->arg[3] & TSA_FUTEX_PRIVATE);
    } else {
        wait.value = (__u32)call->arg[2];
        wait.operation = (__u32)call->arg[1];
        wait.timed = call->arg[3] != 0;
    }
    wait.in_stack = wait.address >= call->sp && wait.address - call->sp < OWN_STACK_BYTES;
    struct tsa_slot* slot = data->slot ? slot_at(data->slot) : 0;
    if (slot) {
        wait.tgid = slot->tgid;
        wait.tid = slot->ns_tid;
        wait.pid_namespace = slot->pid_namespace;
    }
    if (is_current) {
        compare_with_past(data, &wait);
        read_words(&wait);
    }
    struct tsa_futex_verdict verdict = {};
    tsa_judge_futex(&wait, &verdict);
    if (verdict.state == TSA_SYNC && is_named_lock(&wait, &verdict.kind)) {
        verdict.state = TSA_LOCK_WAIT;
        verdict.doubtful = 0;
    }
    out->state = verdict.state;
    out->kind = verdict.kind;
    out->peer = verdict.peer;
    out->flags |= verdict.doubtful ? TSA_F_DOUBTFUL : 0;
    return 0;
}

#define F_SETLKW 7
#define F_SETLKW64 14 /* 32-bit programs */
#define F_OFD_SETLKW 38
#define IPC_SEMOP 1
#define IPC_SEMTIMEDOP 4

/* The lock that a system call waits for which may be one, by its arguments; TSA_KIND_NONE: it waits for none. */
static __always_inline __u8 named_lock(const struct syscall_registers* call, __u32 class) {
    __u32 command = (__u32)call->arg[1];
    bool lock_command = command == F_SETLKW || command == F_OFD_SETLKW || (call->compat && command == F_SETLKW64);
    if (class == TSA_CLASS_FILE_LOCK || (class == TSA_CLASS_FCNTL && lock_command)) {
        return TSA_KIND_FILE_LOCK;
    }
    __u32 ipc = (__u32)call->arg[0] & 0xffff; /* above: a version */
    bool semaphores = class == TSA_CLASS_IPC && (ipc == IPC_SEMOP || ipc == IPC_SEMTIMEDOP);
    return class == TSA_CLASS_SEMAPHORES || semaphores ? TSA_KIND_SEMAPHORE_SET : TSA_KIND_NONE;
}

/* An interruptible sleep outside a system call. */
static __always_inline void classify_fault(struct wait* wait, const struct stack_source* source) {
    wait->state = TSA_SLEEP;
    read_and_scan_stack(source, wait);
    if (is_userfault(wait)) {
        wait->state = TSA_UNINTERRUPTIBLE;
        wait->kind = TSA_KIND_USERFAULT;
    }
}

static __always_inline void classify_interruptible(struct task_struct* task, struct tsa_task* data, struct wait* wait,
                                                   const struct stack_source* source) {
    if (task->jobctl & JOBCTL_TRAP_FREEZE) {
        wait->state = TSA_STOPPED;
        wait->kind = TSA_KIND_FROZEN;
        return;
    }
    if (data->cause & CAUSE_KERNEL_LOCK) {
        classify_kernel_lock(task, data, wait, source); /* mutex_lock_interruptible and similar */
        return;
    }
    __u32 class = class_byte(&wait->call) & ~TSA_CLASS_OF_FILE;
    if (wait->call.number == TSA_NO_SYSCALL) {
        classify_fault(wait, source);
    } else if (class == TSA_CLASS_SLEEP || class == TSA_CLASS_IDLE) {
        wait->state = class == TSA_CLASS_IDLE ? TSA_IDLE : TSA_SLEEP;
    } else if (class == TSA_CLASS_RING) {
        wait->state = ring_waits_for_files(task, &wait->call) ? TSA_IO_WAIT : TSA_IDLE;
    } else if (class == TSA_CLASS_AIO) {
        /* The context is in the thread's own memory. */
        wait->state = !source->task && aio_waits_for_files(task, &wait->call) ? TSA_IO_WAIT : TSA_IDLE;
    } else if (class == TSA_CLASS_SYNC) {
        wait->state = TSA_SYNC;
    } else if (class == TSA_CLASS_FUTEX || class == TSA_CLASS_FUTEX2_WAIT) {
        classify_futex(data, wait, class, !source->task);
    } else {
        wait->kind = named_lock(&wait->call, class);
        wait->state = wait->kind == TSA_KIND_NONE ? TSA_SLEEP : TSA_LOCK_WAIT;
    }
}

/* Fills `wait` for a thread that becomes blocked with task state `task_state` (bits as in sched_switch). */
static __always_inline void classify(struct task_struct* task, __u32 task_state, struct tsa_task* data,
                                     struct wait* wait, const struct stack_source* source) {
    __u32 flags = task->flags;
    if (task_state & TASK_DEAD) {
        wait->state = TSA_ZOMBIE;
        return;
    }
    if (!(flags & (PF_KTHREAD | PF_IO_WORKER))) {
        read_syscall(task, &wait->call);
        wait->flags = wait->call.compat ? TSA_F_COMPAT : 0;
    }
    if (task_state & (TASK_STOPPED | TASK_TRACED | TASK_PARKED | TASK_FROZEN)) {
        wait->state = TSA_STOPPED;
        wait->kind = task_state & TASK_FROZEN   ? TSA_KIND_FROZEN
                     : task_state & TASK_TRACED ? TSA_KIND_TRACED
                                                : TSA_KIND_NONE;
    } else if (task_state & TASK_RTLOCK_WAIT) {
        wait->state = TSA_LOCK_WAIT;
    } else if (task_state & TASK_UNINTERRUPTIBLE) {
        if (task_state & TASK_NOLOAD) {
            wait->state = TSA_IDLE;
            wait->kind = TSA_KIND_IDLE_TASK;
        } else {
            classify_uninterruptible(task, data, wait, source);
        }
    } else if (flags & (PF_KTHREAD | PF_IO_WORKER)) {
        wait->state = TSA_IDLE;
    } else {
        classify_interruptible(task, data, wait, source);
    }
}

#endif
