// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The ABI of the accounts of waits by stack: included by stack_accounts.h and by src/sched. A stack is known by its
 * fingerprint, which costs the thread about half a microsecond at each switch; the stack itself is copied only once per
 * fingerprint, if one of its waits was long. Only events of one thread write an account, as in tsa_waits.h.
 */
#ifndef TSA_STACK_ACCOUNTS_H
#define TSA_STACK_ACCOUNTS_H

#include "tsa_stacks.h"
#include "tsa_waits.h"

/* Number of accounts, including the one for all others. */
#define TSA_STACK_ACCOUNTS 2049
#define TSA_STACK_OTHERS 0

/* Of the user stack, from its pointer up, the words that are code addresses are part of the fingerprint. */
#define TSA_FINGERPRINT_BYTES 1024
/* Memory that has the process's code; user space merges what is close together. */
#define TSA_CODE_RANGES 3
/* Kernel functions of a wait whose kernel stack is part of the fingerprint. */
#define TSA_ACCOUNT_KERNEL_FRAMES 32

/* Copies of one thread's stacks that user space has not taken yet. */
#define TSA_STACK_RING_BYTES (1u << 20)

/* Minimum time between two copies, for each of two kinds of fingerprints: those that have had a long wait, and those
 * that may have one now. Together 500 copies per second at most. */
#define TSA_STACK_COPY_EVERY_NS 4000000ull

/* The fingerprint of a wait that began before fingerprints were taken, and of those in TSA_STACK_OTHERS. */
#define TSA_NO_FINGERPRINT 0ull
#define TSA_LEAST_FINGERPRINT 2ull /* of the others */

/* No padding: it is the key of a hash map. */
struct tsa_stack_key {
    TSA_U64 fingerprint;
    TSA_U32 state;  /* enum tsa_state */
    TSA_U32 target; /* index of the thread in tsa_targets */
};

struct tsa_stack_account {
    TSA_U32 seq;    /* odd during a write */
    TSA_U32 copies; /* of its stack, passed to user space */
    struct tsa_stack_key key;
    TSA_U64 count;
    TSA_U64 total_ns;
    TSA_U64 max_ns;
    TSA_U64 max_at_ns;     /* CLOCK_MONOTONIC when the longest one ended */
    TSA_U64 next_copy;     /* the count from which on another copy is wanted, to compare it with the first */
    TSA_U64 recent_max_ns; /* the longest one since user space last set this to 0 */
    TSA_U32 lengths[TSA_WAIT_BUCKETS];
};

/* In the ring. */
struct tsa_stack_copy {
    TSA_U64 fingerprint;
    struct tsa_stack_query query; /* as stacks.bpf.c fills it */
};

/* The wait that is open, for user space; its fingerprint belongs to since_ns if that is the same before and after. */
struct tsa_open_stack {
    TSA_U64 since_ns; /* 0 during a write */
    TSA_U64 fingerprint;
    TSA_U32 account;
    TSA_U32 is_copied; /* its stack is in the program's memory */
};

#ifndef __bpf__
static_assert(sizeof(struct tsa_stack_account) == 968, "the same layout on both sides");
static_assert(sizeof(struct tsa_stack_copy) == 8 + sizeof(struct tsa_stack_query), "no padding");
#else
_Static_assert(sizeof(struct tsa_stack_account) == 968, "the same layout on both sides");
#endif

#endif
