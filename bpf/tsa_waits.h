// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The ABI of the drill-down's probe: included by target.bpf.c and by src/sched. The waits of one thread by kind, in an
 * array that user space maps; entry 0 collects waits for which there is no room. Only events of that thread write it,
 * and these are ordered by the run-queue lock (see slot.h).
 */
#ifndef TSA_WAITS_H
#define TSA_WAITS_H

#include "tsa_log2.h"

/* Number of entries, including the one for all others. */
#define TSA_WAIT_KINDS 513
#define TSA_WAIT_OTHERS 0

/* Histogram of lengths: TSA_WAIT_SUB_BUCKETS buckets per power of two; the first also counts shorter waits, the last
 * longer ones. */
#define TSA_WAIT_FIRST_POWER 10
#define TSA_WAIT_POWERS 28
#define TSA_WAIT_SUB_POWER 3
#define TSA_WAIT_BUCKETS (TSA_WAIT_POWERS << TSA_WAIT_SUB_POWER)

/* The meaning of a system call's first argument, if it distinguishes waits; user space fills the table. */
enum tsa_first_argument {
    TSA_ARGUMENT_NONE,
    TSA_ARGUMENT_DESCRIPTOR,
    TSA_ARGUMENT_ADDRESS, /* of a futex */
};

/* No padding: it is the key of a hash map. */
struct tsa_wait_key {
    TSA_U8 state; /* enum tsa_state */
    TSA_U8 flags; /* TSA_F_PREEMPTED, TSA_F_THROTTLED, TSA_F_COMPAT, TSA_F_KERNEL_LOCK, TSA_F_DOUBTFUL */
    TSA_U8 kind;  /* enum tsa_wait_kind */
    TSA_U8 pad;
    TSA_S32 syscall;
    TSA_U64 argument; /* by enum tsa_first_argument, or the address of the kernel lock; 0: not relevant */
    TSA_U64 ip;       /* address in the kernel function of a D sleep; 0: not recorded */
};

struct tsa_wait_entry {
    TSA_U32 seq; /* odd during a write */
    TSA_U32 pad;
    struct tsa_wait_key key;
    TSA_U64 count;
    TSA_U64 total_ns;
    TSA_U64 max_ns;
    TSA_U64 max_at_ns; /* CLOCK_MONOTONIC when the longest one ended */
    TSA_U32 lengths[TSA_WAIT_BUCKETS];
};

/* Bucket of a length. */
static inline TSA_U32 tsa_wait_bucket(TSA_U64 ns) {
    const TSA_U64 least = 1ull << TSA_WAIT_FIRST_POWER;
    const TSA_U64 most = (1ull << (TSA_WAIT_FIRST_POWER + TSA_WAIT_POWERS)) - 1;
    TSA_U64 scaled = ns < least ? least : ns > most ? most : ns;
    TSA_U64 power = tsa_log2(scaled);
    TSA_U64 sub = (scaled >> (power - TSA_WAIT_SUB_POWER)) & ((1u << TSA_WAIT_SUB_POWER) - 1);
    return (TSA_U32)(((power - TSA_WAIT_FIRST_POWER) << TSA_WAIT_SUB_POWER) + sub);
}

#ifndef __bpf__
static_assert(sizeof(struct tsa_wait_key) == 24, "no hidden padding");
static_assert(sizeof(struct tsa_wait_entry) == 960, "15 cache lines on both sides");
#else
_Static_assert(sizeof(struct tsa_wait_entry) == 960, "15 cache lines on both sides");
#endif

#endif
