/* The ABI between the scheduler probes and user space: included verbatim by sched.bpf.c and by src/sched.
 *
 * One tsa_slot per thread. At each instant a thread is in exactly one state; the probes add the time of the state
 * that ends to ns[] and count the entry into the state that begins. Nothing is ever reset while a thread lives.
 *
 *            sched_wakeup_new                 sched_switch (next)
 *   (birth) ------------------> CPU_WAIT -------------------------> EXEC
 *                                ^   ^                               |
 *                 sched_wakeup   |   |  sched_switch (prev),         |  sched_switch (prev), prev_state != 0,
 *                                |   +--- still runnable ------------+  reason read at that moment
 *                                |        (sub-counter preempted)    v
 *                                +------------- IO_WAIT SWAP_WAIT MEM_WAIT LOCK_WAIT UNINTERRUPTIBLE
 *                                               SLEEP IDLE STOPPED
 *                                                                    |  prev_state dead
 *                                                                    v
 *                                               ZOMBIE --- sched_process_free ---> slot back to the free list
 *
 * Writers of one slot are ordered by the run-queue lock that covers the thread (see sched.bpf.c); readers in user
 * space take no lock: seq is odd while a writer is inside, and changes whenever anything under it changed.
 */
#ifndef TSA_H
#define TSA_H

#include "tsa_states.h"

#ifndef __bpf__
#include <stddef.h>
#include <stdint.h>
#define TSA_U8 uint8_t
#define TSA_U16 uint16_t
#define TSA_U32 uint32_t
#define TSA_U64 uint64_t
#define TSA_S8 int8_t
#define TSA_S32 int32_t
#else
#define TSA_U8 __u8
#define TSA_U16 __u16
#define TSA_U32 __u32
#define TSA_U64 __u64
#define TSA_S8 __s8
#define TSA_S32 __s32
#endif

enum tsa_state {
#define TSA_STATE(name, NAME) TSA_##NAME,
    TSA_STATES(TSA_STATE)
#undef TSA_STATE
        TSA_STATE_COUNT
};

/* What a system call waits for when it sleeps: user space fills the table tsa_syscall_class before load. */
enum tsa_syscall_class {
    TSA_CLASS_SLEEP,       /* an operation the thread asked for: read, recv, wait4 ... */
    TSA_CLASS_IDLE,        /* waiting for work: poll, accept, nanosleep ... */
    TSA_CLASS_FUTEX,       /* futex(uaddr, op, val): a lock or a condition, by op and val */
    TSA_CLASS_FUTEX2_WAIT, /* futex_wait(uaddr, val, ...): a lock when val is 2 */
    TSA_CLASSES
};
#define TSA_SYSCALL_TABLE 1024 /* numbers at or above are TSA_CLASS_SLEEP */

/* What the memory of a lock means: locks.bpf.c. */
enum tsa_lock_kind {
    TSA_LOCK_USER,         /* a futex */
    TSA_LOCK_KERNEL_MUTEX, /* struct mutex */
    TSA_LOCK_KERNEL_RWSEM, /* struct rw_semaphore */
    TSA_LOCK_KERNEL_OTHER, /* another lock of the kernel, which names no holder */
};

/* tsa_slot.flags */
#define TSA_F_KTHREAD 0x01u     /* kernel thread: owns no user memory */
#define TSA_F_SEEDED_WAIT 0x02u /* the current state began before the probes saw it: since_ns is an upper bound */
#define TSA_F_PREEMPTED 0x04u   /* the current CPU_WAIT began by losing the CPU, not by a wakeup */
#define TSA_F_FOLLOWED 0x08u    /* the followed process or a descendant of it */
#define TSA_F_COMPAT 0x10u      /* 32-bit system call: number and arguments are of the other table */
#define TSA_F_GONE 0x20u        /* its final record was sent; the slot waits for sched_process_free */
#define TSA_F_KERNEL_LOCK                                                                  \
    0x80u /* the current LOCK_WAIT is on a lock of the kernel: wait_arg[0] is its address, \
             wait_arg[1] its enum tsa_lock_kind */

#define TSA_COMM_LEN 16
#define TSA_NO_SYSCALL (-1)

struct tsa_slot {
    /* hot: rewritten at each transition, one cache line */
    TSA_U32 seq;          /* odd while a scheduler event writes; never goes back, not even when the slot is reused */
    TSA_U32 identity_seq; /* the same for comm and identity: written under other locks than seq */
    TSA_U64 since_ns;     /* CLOCK_MONOTONIC at which the current state began (or was first seen) */
    TSA_U8 state;         /* enum tsa_state */
    TSA_U8 flags;
    TSA_U16 last_cpu;
    TSA_S32 wait_syscall; /* number in the current or last wait, TSA_NO_SYSCALL when the registers show none */
    TSA_U64 wait_arg[3];  /* its first arguments */
    TSA_U64 wait_ip;      /* kernel function of a D sleep, outside the scheduler's text; 0 when not taken */
    TSA_U32 life;         /* counts the threads that this slot has served; 0: never used */
    TSA_U32 pad1;

    TSA_U64 ns[TSA_STATE_COUNT]; /* closed time per state */
    TSA_U64 entries[TSA_STATE_COUNT];
    TSA_U64 preempted_ns;      /* the part of ns[TSA_CPU_WAIT] that began by losing the CPU */
    TSA_U64 preempted_entries; /* = involuntary switches */

    /* cold: written at birth, at most once per a few ms at switch-out, at exec, rename and exit */
    TSA_U64 first_seen_ns; /* CLOCK_MONOTONIC: the states sum to (now - first_seen_ns) */
    TSA_U64 start_time_ns; /* since boot, task->start_boottime */
    TSA_U32 tid;
    TSA_U32 tgid;
    TSA_U32 parent_tgid; /* of the creator at birth, else of real_parent */
    TSA_U32 ns_tid;      /* TID in the thread's own PID namespace */
    TSA_U32 uid;
    TSA_U8 policy;
    TSA_S8 nice;
    TSA_U8 rt_priority;
    TSA_U8 pad0;
    TSA_U64 cgroup_id;  /* cgroup v2 */
    TSA_U64 rss_bytes;  /* of the address space; 0 without one */
    TSA_U64 read_bytes; /* storage I/O of this thread */
    TSA_U64 write_bytes;
    TSA_U64 refreshed_ns;
    TSA_U64 minor_faults;
    TSA_U64 major_faults;
    char comm[TSA_COMM_LEN];
    TSA_U32 pid_namespace;   /* inode number */
    TSA_U32 index;           /* of this slot: a copy of the slot in the ring says where it came from */
    TSA_U64 exec_runtime_ns; /* the kernel's own sum of CPU time when the thread last left a CPU */
};

/* Totals of the threads that have no slot, and of final records that the ring had no room for: one per CPU, summed by
 * user space. An open interval is held as (count, sum of since), so that now closes it without knowing the threads.
 * Consistent when begun == finished before and after reading (writers may nest: interrupt over RCU callback). */
struct tsa_unslotted {
    TSA_U64 begun;
    TSA_U64 finished;
    TSA_U64 ns[TSA_STATE_COUNT];
    TSA_U64 open_since_sum[TSA_STATE_COUNT]; /* modulo 2^64 over all CPUs */
    TSA_U64 open_count[TSA_STATE_COUNT];     /* modulo 2^64 over all CPUs */
    TSA_U64 exits;                           /* threads that ended without a record */
    TSA_U64 zombies[2]; /* modulo 2^64 over all CPUs: the zombies of open_count by rounds of the census,
                           even and odd */
    TSA_U64 pad[2];
};

/* A thread that ends goes through the ring as a copy of its slot, closed: state ZOMBIE since its end. */

/* Ways to lose information, each counted where it happens; read by user space from the program's own memory. */
struct tsa_health {
    TSA_U64 slots_refused;      /* threads that found no free slot (they may get one later) */
    TSA_U64 slots_leaked;       /* slots that could not be given back: one fewer for later threads */
    TSA_U64 exit_records_lost;  /* the ring was full: time kept in tsa_unslotted, identity lost */
    TSA_U64 storage_failures;   /* an event whose thread got no task storage */
    TSA_U64 missed_switches;    /* a thread left a CPU that it was never seen on: repaired from exec_runtime_ns */
    TSA_U64 unwatched_switches; /* to threads that the kernel hides from BPF programs */
    TSA_U64 clock_backwards;    /* an event before the one before it: its interval counted as 0 */
};

struct tsa_address_range {
    TSA_U64 begin;
    TSA_U64 end; /* exclusive */
};

/* Argument and answer of the program that names a kernel address. */
#define TSA_SYMBOL_LEN 64
struct tsa_symbol_query {
    TSA_U64 address;
    char name[TSA_SYMBOL_LEN];
};

#define TSA_MAX_RANGES 7 /* functions looked for on the kernel stack of a D sleep, per cause */
#define TSA_STACK_DEPTH 20

#ifndef __bpf__
static_assert(sizeof(struct tsa_slot) == 384, "the slot is six cache lines on both sides");
static_assert(offsetof(struct tsa_slot, ns) == 64, "the hot part is one cache line");
static_assert(offsetof(struct tsa_slot, first_seen_ns) == 256, "the counters are three cache lines");
static_assert(offsetof(struct tsa_slot, comm) == 352, "");
static_assert(sizeof(struct tsa_unslotted) % 64 == 0, "one CPU's totals share no cache line with another's");
#else
_Static_assert(sizeof(struct tsa_slot) == 384, "the slot is six cache lines on both sides");
#endif

#endif
