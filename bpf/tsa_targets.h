// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The ABI of the threads that target.bpf.c looks at: included by it and by src/sched. A switch of any other thread
 * costs one look into tsa_target_heads.
 */
#ifndef TSA_TARGETS_H
#define TSA_TARGETS_H

#include "tsa_stack_accounts.h"

#define TSA_MAX_TARGETS 64
/* By the lowest bits of the TID: of the threads of one process no two share a bucket. */
#define TSA_TARGET_BUCKETS 4096
/* Targets in one bucket. */
#define TSA_TARGET_CHAIN 4

/* The open wait, with the slot's totals at its start. */
struct tsa_open_wait {
    struct tsa_wait_key key;
    TSA_U32 slot; /* number + 1; 0: no open wait */
    TSA_U32 life;
    TSA_U64 state_ns; /* closed time of the wait's state */
    TSA_U64 cpu_wait_ns;
    TSA_U64 exec_ns;
    TSA_U64 exec_entries;
    TSA_U64 cpu_wait_entries;
};

/* An event of the thread, passed from the program that counts its waits to the one that accounts them by stack, which
 * runs next. */
struct tsa_target_event {
    TSA_U32 slot; /* of the thread, number + 1; 0: none */
    TSA_U8 has_begun;
    TSA_U8 has_ended; /* a wait with these lengths */
    TSA_U8 was_queued;
    TSA_U8 state;      /* that it waited in */
    TSA_U64 waited_ns; /* in that state, unless it is CPU_WAIT */
    TSA_U64 queued_ns; /* in CPU_WAIT: after that, or all of it */
    TSA_U64 in_ns;     /* CLOCK_MONOTONIC when it got the CPU */
};

/* The pair of TID and start time is unique; both come from the task, so a thread that takes over its leader's TID by
 * exec counts as that leader from then on, as everywhere else. */
struct tsa_target {
    /* Written by user space, before tsa_target_heads leads here. */
    TSA_U64 start_ns;
    TSA_U32 tid;  /* as user space knows it */
    TSA_U32 next; /* target of the same bucket, number + 1; 0: none */
    struct tsa_address_range code[TSA_CODE_RANGES];
    /* Copies of the slot that user space takes before and after the target is looked at, with life written last: they
     * have the wait that is open at the first event. */
    struct tsa_slot primed[2];

    /* Written by the events of the thread, which are ordered by the run-queue lock. */
    TSA_U32 event_seen;
    TSA_U32 pad;
    struct tsa_open_wait wait;
    struct tsa_target_event event;
    struct tsa_open_stack stack;
    TSA_U64 waits_missed;    /* dropped; of the wait kinds also those in entry 0 for lack of room */
    TSA_U64 stacks_uncopied; /* long waits that ended without a copy, of fingerprints without a stack */
};

#ifndef __bpf__
static_assert(sizeof(struct tsa_target) == 64 + 2 * sizeof(struct tsa_slot) + 8 + 72 + 32 + 24 + 16,
              "the same layout on both sides");
#else
_Static_assert(sizeof(struct tsa_target) == 64 + 2 * sizeof(struct tsa_slot) + 8 + 72 + 32 + 24 + 16,
               "the same layout on both sides");
#endif

#endif
