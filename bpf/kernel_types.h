// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Every kernel difference in one place: the fields that the probes read, as CO-RE types (libbpf patches the offsets at
 * load from the running kernel's BTF), and one small reader for each field that changed between kernels, with the
 * version of the change.
 */
#ifndef TSA_KERNEL_TYPES_H
#define TSA_KERNEL_TYPES_H

#include <linux/bpf.h>
#include <linux/types.h>
/* (order matters: the helpers need the types) */
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <stdbool.h>

#define CO_RE __attribute__((preserve_access_index))

/* task->__state, task->exit_state: include/linux/sched.h. Unchanged since 4.14 except where noted. */
#define TASK_INTERRUPTIBLE 0x0001u
#define TASK_UNINTERRUPTIBLE 0x0002u
#define TASK_STOPPED 0x0004u
#define TASK_TRACED 0x0008u
#define EXIT_DEAD 0x0010u
#define EXIT_ZOMBIE 0x0020u
#define TASK_PARKED 0x0040u
#define TASK_DEAD 0x0080u
#define TASK_WAKING 0x0200u
#define TASK_NOLOAD 0x0400u
#define TASK_NEW 0x0800u
#define TASK_RTLOCK_WAIT 0x1000u /* 5.15, PREEMPT_RT */
#define TASK_FROZEN 0x8000u      /* 6.1 */

#define PF_IO_WORKER 0x00000010u /* 5.12 */
#define PF_KTHREAD 0x00200000u
#define JOBCTL_TRAP_FREEZE (1ul << 23) /* cgroup v2 freezer, 5.2 */

/* contention_begin flags, 5.19 */
#define LCB_F_SPIN 0x01u
#define LCB_F_READ 0x02u
#define LCB_F_WRITE 0x04u
#define LCB_F_RT 0x08u
#define LCB_F_PERCPU 0x10u
#define LCB_F_MUTEX 0x20u

#define REQ_OP_MASK 0xffu /* of bio->bi_opf; a read is 0 */
#define MINOR_BITS 20     /* of a device number */

#define TS_COMPAT 0x0002u /* x86: inside a 32-bit system call */
#define USER32_CS 0x23    /* x86: user mode is 32-bit */
#define PSR_MODE32 0x10u  /* arm64: user mode is 32-bit */

struct preempt_parts {
    __u32 count;
} CO_RE;

struct thread_info {
    __u32 status;                 /* x86 */
    struct preempt_parts preempt; /* arm64 */
} CO_RE;

struct block_device {
    __u32 bd_dev;
} CO_RE;

struct bio {
    struct block_device* bi_bdev; /* 5.12 */
    __u32 bi_opf;
} CO_RE;

typedef struct {
    __u32 val;
} kuid_t;

struct cred {
    kuid_t uid;
} CO_RE;

struct percpu_counter {
    __s64 count;
} CO_RE;

typedef struct {
    __s64 counter;
} atomic_long_t;

struct rw_semaphore {
    atomic_long_t owner;
} CO_RE;

/* 6.2 on, but for mmap_lock */
struct mm_struct {
    struct percpu_counter rss_stat[4];
    struct rw_semaphore mmap_lock;
    unsigned long total_vm;
} CO_RE;

/* before 6.2 */
struct mm_rss_stat {
    atomic_long_t count[4];
} CO_RE;

struct mm_struct___before_6_2 {
    struct mm_rss_stat rss_stat;
} CO_RE;

enum { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES };

struct ns_common {
    unsigned int inum;
} CO_RE;

struct pid_namespace {
    struct ns_common ns;
} CO_RE;

struct upid {
    int nr;
    struct pid_namespace* ns;
} CO_RE;

struct pid {
    unsigned int level;
    struct upid numbers[1];
} CO_RE;

struct kernfs_node {
    __u64 id;
} CO_RE;

struct cgroup {
    struct kernfs_node* kn;
} CO_RE;

struct css_set {
    struct cgroup* dfl_cgrp;
} CO_RE;

struct super_block {
    unsigned long s_magic;
} CO_RE;

struct inode {
    __u16 i_mode;
    struct super_block* i_sb;
} CO_RE;

struct file {
    struct inode* f_inode;
    void* private_data;
} CO_RE;

struct fdtable {
    unsigned int max_fds;
    struct file** fd;
} CO_RE;

struct files_struct {
    struct fdtable* fdt;
} CO_RE;

struct bpf_array {
    __u32 elem_size;
    void* pptrs[]; /* of a per-CPU array */
} CO_RE;

struct io_cqe {
    int fd; /* until completion */
} CO_RE;

/* With its current tracepoints: 6.0. */
struct io_kiocb {
    struct file* file;
    __u8 opcode;
    __u32 flags; /* the lower half of 64 bits since 6.9 */
    struct io_cqe cqe;
    void* ctx;
} CO_RE;

struct task_io_accounting {
    __u64 read_bytes;
    __u64 write_bytes;
} CO_RE;

struct rq {
    __u64 clock;
    __u64 clock_task;
    __u64 clock_pelt;
    unsigned long lost_idle_time;
} CO_RE;

struct task_group;

/* The throttled clocks: only with CONFIG_CFS_BANDWIDTH. */
struct cfs_rq {
    struct rq* rq;
    struct task_group* tg;
    __u64 throttled_clock_self; /* 6.6 on, as the next */
    __u64 throttled_clock_self_time;
    int throttle_count;
} CO_RE;

struct cfs_rq___before_6_6 {
    __u64 throttled_clock_pelt; /* 5.19 on, as the next */
    __u64 throttled_clock_pelt_time;
} CO_RE;

struct cfs_rq___before_5_19 {
    __u64 throttled_clock_task;
    __u64 throttled_clock_task_time;
} CO_RE;

struct cfs_bandwidth {
    __u64 quota;
} CO_RE;

struct task_group {
    struct task_group* parent;
    struct cfs_bandwidth cfs_bandwidth;
} CO_RE;

struct sched_entity {
    __u64 sum_exec_runtime;
    struct cfs_rq* cfs_rq;
} CO_RE;

struct io_context {
    unsigned short ioprio;
} CO_RE;

struct task_struct {
    struct thread_info thread_info;
    unsigned int __state; /* 5.14 on */
    void* stack;
    unsigned int flags;
    unsigned int on_cpu; /* a byte since 7.3; libbpf adjusts the width of a load only if both types are unsigned */
    int static_prio;
    struct sched_entity se;
    unsigned int rt_priority;
    unsigned int policy;
    struct mm_struct* mm;
    int exit_state;
    unsigned long jobctl;
    unsigned in_iowait : 1;
    unsigned in_memstall : 1;
    int pid;
    int tgid;
    struct task_struct* real_parent;
    struct task_struct* group_leader;
    struct pid* thread_pid;
    __u64 start_boottime;
    unsigned long nvcsw;
    unsigned long nivcsw;
    unsigned long min_flt;
    unsigned long maj_flt;
    const struct cred* cred;
    char comm[16];
    struct task_io_accounting ioac;
    struct io_context* io_context;
    struct css_set* cgroups;
    struct files_struct* files;
    struct task_group* sched_task_group;
} CO_RE;

/* before 5.14 */
struct task_struct___before_5_14 {
    long state;
} CO_RE;

struct mutex {
    atomic_long_t owner;
} CO_RE;

struct bpf_iter_meta;
struct bpf_iter__task {
    struct bpf_iter_meta* meta;
    struct task_struct* task;
} CO_RE;

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
    unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, sp;
} CO_RE;
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
    __u64 regs[31];
    __u64 sp;
    __u64 pc;
    __u64 pstate;
    __u64 orig_x0;
    __s32 syscallno;
} CO_RE;
#else
#error "no register layout for this architecture"
#endif

static __always_inline unsigned int task_state(struct task_struct* task) {
    if (bpf_core_field_exists(task->__state)) {
        return task->__state;
    }
    return (unsigned int)((struct task_struct___before_5_14*)task)->state;
}

/* Pointers in a task are followed with BPF_CORE_READ although the verifier would allow a plain load: for each such load
 * it searches all of the kernel's type information by name, 0.25 s of start time in total (measured on 6.18). They are
 * followed at birth and at most once per few ms, never at every switch. */

/* Resident pages of an address space; `shared`: those of files and of shared memory among them.
 * Since 6.2 each counter is per CPU, and `count` alone may be off by batch x CPUs pages. */
static __always_inline __u64 resident_pages(struct mm_struct* mm, __u64* shared) {
    __s64 of_files;
    __s64 anonymous;
    struct mm_struct___before_6_2* old = (void*)mm;
    /* Checks a type that every kernel has: for a type that is not in vmlinux, libbpf searches the BTF of all modules,
     * which requires CAP_SYS_ADMIN. */
    if (bpf_core_field_exists(old->rss_stat.count)) {
        of_files = BPF_CORE_READ(old, rss_stat.count[MM_FILEPAGES].counter) +
                   BPF_CORE_READ(old, rss_stat.count[MM_SHMEMPAGES].counter);
        anonymous = BPF_CORE_READ(old, rss_stat.count[MM_ANONPAGES].counter);
    } else {
        of_files = BPF_CORE_READ(mm, rss_stat[MM_FILEPAGES].count) + BPF_CORE_READ(mm, rss_stat[MM_SHMEMPAGES].count);
        anonymous = BPF_CORE_READ(mm, rss_stat[MM_ANONPAGES].count);
    }
    __s64 pages = of_files + anonymous;
    *shared = of_files > 0 ? (__u64)of_files : 0;
    return pages > 0 ? (__u64)pages : 0;
}

static __always_inline bool in_iowait(struct task_struct* task) {
    return BPF_CORE_READ_BITFIELD_PROBED(task, in_iowait) != 0;
}

/* Set while PSI counts a memory stall of this thread: a refault of a recently evicted page. Since 4.20, only with PSI
 * on. */
static __always_inline bool in_memstall(struct task_struct* task) {
    if (!bpf_core_field_exists(task->in_memstall)) {
        return false;
    }
    return BPF_CORE_READ_BITFIELD_PROBED(task, in_memstall) != 0;
}

/* The holder of a mutex: the pointer in its first word, without the three flag bits. 0: none. */
static __always_inline struct task_struct* mutex_owner(void* lock) {
    struct mutex* mutex = lock;
    if (!bpf_core_field_exists(mutex->owner)) {
        return 0; /* PREEMPT_RT */
    }
    return (void*)((unsigned long)BPF_CORE_READ(mutex, owner.counter) & ~7ul);
}

/* The writer that holds a rw_semaphore; 0 if readers (bit 0) or no one hold it. */
static __always_inline struct task_struct* rwsem_owner(void* lock) {
    struct rw_semaphore* semaphore = lock;
    if (!bpf_core_field_exists(semaphore->owner)) {
        return 0; /* PREEMPT_RT */
    }
    unsigned long word = (unsigned long)BPF_CORE_READ(semaphore, owner.counter);
    return (word & 1ul) ? 0 : (void*)(word & ~7ul);
}

/* The number of a struct pid at a level of PID namespaces, and the inode number of that namespace; 0: none. */
static __always_inline void pid_at_level(struct pid* pid, __u32 level, __u32* tid, __u32* namespace_inode) {
    struct upid upid = {};
    if (pid && level < 32) {
        struct upid* numbers = (void*)pid + bpf_core_field_offset(pid->numbers);
        __u32 size = bpf_core_type_size(struct upid);
        void* place = (void*)numbers + level * size;
        upid.nr = 0;
        bpf_probe_read_kernel(&upid.nr, sizeof(upid.nr), place + bpf_core_field_offset(upid.nr));
        bpf_probe_read_kernel(&upid.ns, sizeof(upid.ns), place + bpf_core_field_offset(upid.ns));
    }
    *tid = (__u32)upid.nr;
    *namespace_inode = upid.ns ? BPF_CORE_READ(upid.ns, ns.inum) : 0;
}

/* TID and namespace as seen by the thread itself: the innermost numbers of its struct pid. */
static __always_inline void innermost_pid(struct task_struct* task, __u32* tid, __u32* namespace_inode) {
    struct pid* pid = BPF_CORE_READ(task, thread_pid);
    pid_at_level(pid, pid ? BPF_CORE_READ(pid, level) : 0, tid, namespace_inode);
}

struct syscall_registers {
    __s32 number;
    bool compat; /* the number is of the 32-bit table */
    __u64 arg[4];
    __u64 sp; /* user stack pointer */
};

/* The thread's current system call, from its saved user registers. Not for kernel threads. */
static __always_inline void read_syscall(struct task_struct* task, struct syscall_registers* out) {
    struct pt_regs* regs = (struct pt_regs*)bpf_task_pt_regs(task);
#if defined(__TARGET_ARCH_x86)
    out->number = (__s32)regs->orig_ax;
    out->compat = (task->thread_info.status & TS_COMPAT) != 0;
    if (out->compat) {
        out->arg[0] = (__u32)regs->bx;
        out->arg[1] = (__u32)regs->cx;
        out->arg[2] = (__u32)regs->dx;
        out->arg[3] = (__u32)regs->si;
    } else {
        out->arg[0] = regs->di;
        out->arg[1] = regs->si;
        out->arg[2] = regs->dx;
        out->arg[3] = regs->r10;
    }
    out->sp = regs->sp;
#else
    out->number = regs->syscallno;
    out->compat = (regs->pstate & PSR_MODE32) != 0;
    out->arg[0] = regs->orig_x0;
    out->arg[1] = regs->regs[1];
    out->arg[2] = regs->regs[2];
    out->arg[3] = regs->regs[3];
    out->sp = out->compat ? regs->regs[13] : regs->sp;
    if (out->compat) {
        for (int i = 0; i < 4; ++i) {
            out->arg[i] = (__u32)out->arg[i];
        }
    }
#endif
}

/* All user registers, by DWARF's numbers (tsa_stacks.h). True: they are those of a 32-bit program. Not for kernel
 * threads. */
static __always_inline bool read_registers(struct task_struct* task, __u64* out) {
    struct pt_regs* regs = (struct pt_regs*)bpf_task_pt_regs(task);
#if defined(__TARGET_ARCH_x86)
    out[0] = regs->ax, out[1] = regs->dx, out[2] = regs->cx, out[3] = regs->bx;
    out[4] = regs->si, out[5] = regs->di, out[6] = regs->bp, out[7] = regs->sp;
    out[8] = regs->r8, out[9] = regs->r9, out[10] = regs->r10, out[11] = regs->r11;
    out[12] = regs->r12, out[13] = regs->r13, out[14] = regs->r14, out[15] = regs->r15;
    out[16] = regs->ip;
    return (__u16)regs->cs == USER32_CS;
#else
#pragma unroll
    for (int i = 0; i < 31; ++i) {
        out[i] = regs->regs[i];
    }
    out[31] = regs->sp;
    out[32] = regs->pc;
    return (regs->pstate & PSR_MODE32) != 0;
#endif
}

#if defined(__TARGET_ARCH_x86)
#define TSA_STACK_POINTER 7
#define TSA_INSTRUCTION_POINTER 16
#define TSA_ADDRESS_MASK ~0ull
#else
#define TSA_STACK_POINTER 31
#define TSA_INSTRUCTION_POINTER 32
#define TSA_ADDRESS_MASK 0xffffffffffffull /* return addresses are signed in the other bits */
#endif

/* Prevents the compiler from checking one copy of an index and using another, which the verifier would reject. */
#define one_register(variable) asm volatile("" : "+r"(variable))

/* Orders the writes of a slot for readers on other CPUs: x86 preserves the order of stores; arm64 needs a full barrier,
 * which in BPF is an atomic operation that returns its value. */
#if defined(__TARGET_ARCH_x86)
#define write_barrier() asm volatile("" ::: "memory")
#else
#define write_barrier()                                               \
    do {                                                              \
        __u64 barrier_word_ = 0;                                      \
        __u64 barrier_old_ = __sync_fetch_and_add(&barrier_word_, 1); \
        asm volatile("" : : "r"(barrier_old_) : "memory");            \
    } while (0)
#endif

#endif
