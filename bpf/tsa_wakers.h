// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The ABI between wakers.bpf.c and user space: who ended the waits of each thread. */
#ifndef TSA_WAKERS_H
#define TSA_WAKERS_H

#include "tsa.h"

enum tsa_waker_kind {
    TSA_WAKER_NONE,   /* none since the program was attached */
    TSA_WAKER_THREAD, /* a thread, in a system call or in the kernel */
    TSA_WAKER_TIMER,  /* an interrupt: a timer that expired */
    TSA_WAKER_BLOCK,  /* an interrupt: a request to a block device that ended */
    TSA_WAKER_NET,    /* an interrupt: packets */
    TSA_WAKER_OTHER,  /* another interrupt */
    TSA_WAKER_UNSURE, /* a thread, or an interrupt of it */
    TSA_WAKER_KINDS
};

/* A thread or a kind of interrupt. An interrupt has no thread: whichever ran at that moment was not the cause. */
struct tsa_waker_id {
    TSA_U64 start_time_ns; /* of the thread, since boot */
    TSA_U32 kind;          /* enum tsa_waker_kind */
    TSA_U32 tid;           /* in the PID namespace of user space, as is tgid; 0: not visible there */
    TSA_U32 tgid;
    TSA_U32 pad;
};

/* The last waker of the thread in the slot of the same number. One cache line. */
struct tsa_waker {
    TSA_U32 seq;  /* odd during a write */
    TSA_U32 life; /* of the slot's thread that was woken */
    TSA_U64 at_ns;
    struct tsa_waker_id who;
    char comm[TSA_COMM_LEN];
    TSA_U64 pad;
};

/* Time of interrupts while the thread in the slot of the same number executed, since its first one. One writer: the CPU
 * that the thread is on. */
struct tsa_irq_time {
    TSA_U64 life; /* of the slot's thread; another one: as if ns were 0 */
    TSA_U64 ns;
};

/* Wakeups of one chosen thread by one waker. Entry 0 has those that found no room. */
struct tsa_woken_by {
    TSA_U32 seq; /* odd during a write */
    TSA_U32 pad;
    struct tsa_waker_id who;
    char comm[TSA_COMM_LEN]; /* at its last wakeup */
    TSA_U64 count;
    TSA_U64 total_ns; /* length of the waits that it ended, up to the wakeup */
    TSA_U64 longest_ns;
    TSA_U64 last_ns; /* CLOCK_MONOTONIC of its last wakeup */
    /* The part of count and total_ns that was in `sync`. */
    TSA_U64 sync_count;
    TSA_U64 sync_ns;
};
#define TSA_WOKEN_BY 256

/* Waits that ended in one round: those of one thread in one state, by one waker. Rounds are counted by user space. */
struct tsa_wakeup_key {
    TSA_U32 round;
    TSA_U32 slot; /* number of the woken thread's slot */
    TSA_U32 life;
    TSA_U32 what;  /* its state << 8 | enum tsa_waker_kind */
    TSA_U32 waker; /* a thread's slot, number + 1, or its TID | TSA_WAKER_UNTRACKED; 0: an interrupt */
    TSA_U32 waker_life;
};
#define TSA_WAKER_UNTRACKED 0x80000000u
struct tsa_wakeups {
    TSA_U64 start_time_ns; /* of the woken thread */
    TSA_U32 tid;
    TSA_U32 pad;
    struct tsa_waker_id who;
    char comm[TSA_COMM_LEN];
    TSA_U64 count;
    TSA_U64 total_ns; /* length of the waits, up to the wakeup */
    TSA_U64 longest_ns;
    TSA_U64 last_ns; /* CLOCK_MONOTONIC of the last wakeup */
};
#define TSA_WAKEUPS 16384

#ifndef __bpf__
static_assert(sizeof(struct tsa_waker) == 64, "one cache line");
#endif

#endif
