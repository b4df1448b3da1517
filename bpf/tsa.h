// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The ABI between the scheduler probes and user space: included by sched.bpf.c and by src/sched.
 *
 * One tsa_slot per thread. At each instant a thread is in exactly one state; the probes add the time of the state that
 * ends to ns[] and count the entry into the state that starts. Counters are never reset while a thread lives.
 *
 *            sched_wakeup_new                 sched_switch (next)
 *   (birth) ------------------> CPU_WAIT -------------------------> EXEC
 *                                ^   ^                               |
 *                 sched_wakeup   |   |  sched_switch (prev),         |  sched_switch (prev), prev_state != 0,
 *                                |   +--- still runnable ------------+  reason read at that moment
 *                                |        (part PREEMPTED)           v
 *                                +------------- IO_WAIT SWAP_WAIT MEM_WAIT LOCK_WAIT UNINTERRUPTIBLE
 *                                               SYNC SLEEP IDLE STOPPED
 *                                                                    |  prev_state dead
 *                                                                    v
 *                                               ZOMBIE --- sched_process_free ---> slot back to the free list
 *
 * Writers of one slot are ordered by the run-queue lock that covers the thread (see sched.bpf.c); readers in user space
 * take no lock: seq is odd during a write, and changes whenever the data that it covers changes.
 */
#ifndef TSA_H
#define TSA_H

#include "tsa_states.h"
#include "tsa_wait_kinds.h"

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

enum tsa_part {
#define TSA_PART(name, NAME) TSA_PART_##NAME,
    TSA_PARTS(TSA_PART)
#undef TSA_PART
        TSA_PART_COUNT
};

/* What a sleeping system call waits for: user space fills the table tsa_syscall_class before load. */
enum tsa_syscall_class {
    TSA_CLASS_SLEEP,       /* an operation requested by the thread: read, recv, wait4 ... */
    TSA_CLASS_IDLE,        /* waiting for work: poll, accept, nanosleep ... */
    TSA_CLASS_SYNC,        /* waiting for another thread: futex_waitv */
    TSA_CLASS_FUTEX,       /* futex(uaddr, op, val, timeout): a lock or not, see tsa_futex_verdict.h */
    TSA_CLASS_FUTEX2_WAIT, /* futex_wait(uaddr, val, mask, flags, ...): the same with other arguments */
    TSA_CLASS_FILE_LOCK,   /* flock */
    TSA_CLASS_FCNTL,       /* fcntl(fd, cmd, ...): a file lock, by its command */
    TSA_CLASS_SEMAPHORES,  /* semop, semtimedop */
    TSA_CLASS_IPC,         /* i386: ipc(call, ...): semop, by its first argument */
    TSA_CLASS_RING,        /* io_uring_enter: waiting for storage or for outside events */
    TSA_CLASS_AIO,         /* io_getevents, io_pgetevents: the same */
    TSA_CLASSES
};
#define TSA_CLASS_OF_FILE 0x80 /* or-ed in: the first argument is a descriptor */
#define TSA_SYSCALL_TABLE 1024 /* numbers at or above it are TSA_CLASS_SLEEP */

/* The type of a lock's memory: see locks.bpf.c. */
enum tsa_lock_kind {
    TSA_LOCK_USER,         /* a futex */
    TSA_LOCK_KERNEL_MUTEX, /* struct mutex */
    TSA_LOCK_KERNEL_RWSEM, /* struct rw_semaphore */
    TSA_LOCK_KERNEL_OTHER, /* another kernel lock, which stores no holder */
};

/* See tsa_wait_kinds.h. */
enum tsa_wait_kind {
#define TSA_WAIT_KIND(name, NAME) TSA_KIND_##NAME,
    TSA_WAIT_KIND_LIST(TSA_WAIT_KIND)
#undef TSA_WAIT_KIND
        TSA_KIND_COUNT
};

/* tsa_slot.flags */
#define TSA_F_KTHREAD 0x01u     /* kernel thread: has no user memory */
#define TSA_F_SEEDED_WAIT 0x02u /* the current state started before the probes saw it: since_ns is an upper bound */
#define TSA_F_PREEMPTED 0x04u   /* the current CPU_WAIT started with a preemption, not a wakeup */
#define TSA_F_FOLLOWED 0x08u    /* the followed process or a descendant of it */
#define TSA_F_COMPAT 0x10u      /* 32-bit system call: number and arguments are of the 32-bit table */
#define TSA_F_GONE 0x20u        /* its final record was sent; the slot waits for sched_process_free */
#define TSA_F_DOUBTFUL 0x40u    /* the current state may be wrong: another one is possible; not of CPU_WAIT */
#define TSA_F_THROTTLED 0x40u   /* the current CPU_WAIT started while the CPU quota of its group was used up */
#define TSA_F_KERNEL_LOCK                                                           \
    0x80u /* the current LOCK_WAIT is on a kernel lock: wait_arg[0] is its address, \
             wait_arg[1] its enum tsa_lock_kind */

#define TSA_COMM_LEN 16
#define TSA_NO_SYSCALL (-1)

#define TSA_SHARED_BITS 28 /* more are counted as the most that fit */

struct tsa_slot {
    /* hot: rewritten at each transition, one cache line */
    TSA_U32 seq;          /* odd during a write by a scheduler event; never decreases, even when the slot is reused */
    TSA_U32 identity_seq; /* the same for comm and identity, which are written under other locks */
    TSA_U64 since_ns;     /* CLOCK_MONOTONIC when the current state started (or was first seen) */
    TSA_U8 state;         /* enum tsa_state */
    TSA_U8 flags;
    TSA_U16 last_cpu;
    TSA_S32 wait_syscall;   /* number in the current or last wait; TSA_NO_SYSCALL if the registers show none */
    TSA_U64 wait_arg[3];    /* its first arguments */
    TSA_U64 wait_ip;        /* kernel function of a D sleep, outside the scheduler; 0: not recorded */
    TSA_U32 life;           /* number of threads that have used this slot; 0: never used */
    TSA_U32 wait_kind : 8;  /* enum tsa_wait_kind of the current or last wait */
    TSA_U32 wait_peer : 24; /* TID, in the thread's own namespace, that the wait names; 0: none */

    TSA_U64 ns[TSA_STATE_COUNT]; /* closed time per state */
    TSA_U64 entries[TSA_STATE_COUNT];
    /* Closed time of: PREEMPTED, CPU_WAIT after a preemption, without the throttled time; THROTTLED, CPU_WAIT while the
     * CPU quota of its group was used up; RECLAIM, EXEC inside reclaim or compaction. */
    TSA_U64 part_ns[TSA_PART_COUNT];
    TSA_U64 preempted_entries; /* = involuntary switches */
    /* Of a wait that began before the probes, if user space found out more than the registers show; written by user
     * space only, used while TSA_F_SEEDED_WAIT is set. */
    TSA_U8 seeded_state; /* enum tsa_state + 1; 0: as `state` says */
    TSA_U8 seeded_kind;
    TSA_U16 io_priority; /* written by the probes, as ioprio_get has it; 0: none was set */
    TSA_U32 seeded_peer;
    /* Moved through sockets of IPv4 and IPv6; counted by network.bpf.c only, in the thread's own context, so without
     * seq: identity_seq grows by 2 after each change. */
    TSA_U64 net_rx_bytes;
    TSA_U64 net_tx_bytes;
    TSA_U64 memory_pages; /* of the address space: virtual ones << TSA_SHARED_BITS | resident ones of files and shared
                             memory */

    /* cold: written at birth, at most once per a few ms at switch-out, at exec, rename and exit */
    TSA_U64 first_seen_ns; /* CLOCK_MONOTONIC: the states sum to (now - first_seen_ns) */
    TSA_U64 start_time_ns; /* since boot, task->start_boottime */
    TSA_U32 tid;           /* in the PID namespace of user space, as are tgid and parent_tgid; 0: not visible there */
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
    TSA_U32 index;           /* of this slot: identifies the slot of a copy in the ring */
    TSA_U64 exec_runtime_ns; /* the kernel's total CPU time when the thread last left a CPU */
};

/* Which slots have changed: a byte per slot, set after a change and cleared by user space before it reads the slot.
 * So a refresh looks at the slots of threads that did something, and not at all of them. */
#define TSA_CHANGES 64
struct tsa_changes {
    TSA_U8 changed[TSA_CHANGES];
};
/* The rounds of reading are counted; one begins before the marks are looked at. The count has a cache line for itself:
 * every event reads it. */
struct tsa_reading {
    TSA_U32 round;
    TSA_U32 pad[15];
} __attribute__((aligned(64)));

/* Totals of untracked threads, and of final records that did not fit in the ring: one per CPU, summed by user space.
 * Open intervals are stored as (count, sum of since), so they can be closed at any time without the individual threads.
 * Consistent if begun == finished before and after reading (writers may nest: an interrupt over an RCU callback). */
struct tsa_untracked {
    TSA_U64 begun;
    TSA_U64 finished;
    TSA_U64 ns[TSA_STATE_COUNT];
    TSA_U64 open_since_sum[TSA_STATE_COUNT]; /* modulo 2^64 over all CPUs */
    TSA_U64 open_count[TSA_STATE_COUNT];     /* modulo 2^64 over all CPUs */
    TSA_U64 exits;                           /* threads that exited without a record */
    TSA_U64 zombies[2]; /* modulo 2^64 over all CPUs: the zombies of open_count by rounds of the census,
                           even and odd */
    TSA_U64 pad[7];
};

/* A thread that exits is sent through the ring as a copy of its closed slot: state ZOMBIE since its exit. */

/* The process of each tracked thread, by its ID as lock words contain it: that of its innermost PID namespace. */
struct tsa_tid_key {
    TSA_U32 pid_namespace; /* inode number */
    TSA_U32 tid;
};
struct tsa_tid_owner {
    TSA_U32 tgid; /* in the PID namespace of user space */
    TSA_U32 slot; /* number + 1 */
};

/* Ways in which data can be dropped, each counted where it happens; user space reads the counts from the program's
 * memory. */
struct tsa_health {
    TSA_U64 slots_refused;      /* threads that got no free slot (they may get one later) */
    TSA_U64 slots_leaked;       /* slots that could not be freed: one fewer for later threads */
    TSA_U64 exit_records_lost;  /* the ring was full: time kept in tsa_untracked, identity dropped */
    TSA_U64 storage_failures;   /* events whose thread got no task storage */
    TSA_U64 missed_switches;    /* a thread left a CPU without a recorded switch-in: corrected from exec_runtime_ns */
    TSA_U64 unwatched_switches; /* switches to threads that the kernel hides from BPF programs */
    TSA_U64 clock_backwards;    /* an event older than its predecessor: its interval counted as 0 */
};

struct tsa_address_range {
    TSA_U64 begin;
    TSA_U64 end; /* exclusive */
};

/* Where the kernel keeps the state of asynchronous I/O: offsets of members, in bytes. */
struct tsa_async_layout {
    TSA_U32 task_io_uring;    /* task_struct: the thread's io_uring_task */
    TSA_U32 registered_rings; /* io_uring_task: array of files; 0: unknown */
    TSA_U32 mm_contexts;      /* mm_struct: table of aio contexts */
    TSA_U32 contexts_count;   /* kioctx_table: their number */
    TSA_U32 contexts;         /* kioctx_table: the array */
    TSA_U32 aio_user_id;      /* kioctx: its ID for system calls */
    TSA_U32 aio_total;        /* kioctx: slots + 1; 0: unknown, as all of the following */
    TSA_U32 aio_set_aside;    /* kioctx: free slots set aside for single CPUs, a per-CPU pointer */
    TSA_U32 aio_available;    /* kioctx: other free slots */
    TSA_U32 aio_completed;    /* kioctx: events whose slots are not free again */
    TSA_U32 aio_polls;        /* kioctx: list of polls in flight */
};
#define TSA_MAX_CPUS 1024
#define TSA_RINGS 1024

/* Memory of a process whose futexes are all of one kind; written by user space, deleted when the process ends or calls
 * exec. */
struct tsa_named_range {
    TSA_U64 begin;
    TSA_U64 end;  /* exclusive */
    TSA_U32 kind; /* enum tsa_wait_kind */
    TSA_U32 pad;
};
#define TSA_NAMED_RANGES 4096

/* Argument and result of the program that names a kernel address. */
#define TSA_SYMBOL_LEN 64
struct tsa_symbol_query {
    TSA_U64 address;
    char name[TSA_SYMBOL_LEN];
};

#define TSA_MAX_RANGES 7 /* functions searched for on the kernel stack of a D sleep, per cause */
#define TSA_STACK_DEPTH 20

#ifndef __bpf__
static_assert(sizeof(struct tsa_slot) == 448, "the slot is seven cache lines on both sides");
static_assert(offsetof(struct tsa_slot, ns) == 64, "the hot part is one cache line");
static_assert(offsetof(struct tsa_slot, first_seen_ns) == 320, "the counters are four cache lines");
static_assert(offsetof(struct tsa_slot, comm) == 416, "");
static_assert(sizeof(struct tsa_untracked) % 64 == 0, "one CPU's totals share no cache line with another's");
#else
_Static_assert(sizeof(struct tsa_slot) == 448, "the slot is seven cache lines on both sides");
#endif

#endif
