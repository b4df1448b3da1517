// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The ABI between matrix.bpf.c and user space: whose CPU time each cgroup
 * waited for. */
#ifndef TSA_MATRIX_H
#define TSA_MATRIX_H

#include "tsa.h"

/* In place of a culprit's cgroup ID. */
#define TSA_CULPRIT_IDLE                                                                                 \
    0xfffffffffffffff1ull                         /* nothing ran: the thread was about to be switched to \
                                                   */
#define TSA_CULPRIT_KERNEL 0xfffffffffffffff2ull  /* threads of the kernel */
#define TSA_CULPRIT_QUOTA 0xfffffffffffffff3ull   /* none: its own CPU quota was used up */
#define TSA_CULPRIT_UNKNOWN 0xfffffffffffffff4ull /* what it was is not known any more */

/* Waits that have ended, of the threads of one cgroup, in which threads of
 * another ran on the CPU that they were queued at. Cumulative. */
struct tsa_matrix_key {
    TSA_U64 victim;
    TSA_U64 culprit;
};
#define TSA_MATRIX_PAIRS 8192

/* The pairs that a CPU has charged lately, so that most charges cost no
 * look-up: what is in them is not in the table yet. */
struct tsa_matrix_cell {
    struct tsa_matrix_key key;
    TSA_U64 ns;
    TSA_U64 pad;
};
#define TSA_MATRIX_CELLS 64 /* per CPU, a power of two */

/* What ran on a CPU, by cgroup: those that ran there last. */
#define TSA_CPU_CULPRITS 8
struct tsa_cpu_times {
    TSA_U64 since_ns; /* since when it runs what it runs now */
    TSA_U32 running;  /* index of that in the arrays */
    TSA_U16 used;     /* bit by index: it has run since `hand` was there last */
    TSA_U16 hand;     /* where the search for a place begins */
    TSA_U64 switches; /* so far */
    TSA_U64 pad[5];
    TSA_U64 id[TSA_CPU_CULPRITS];      /* 0: unused */
    TSA_U64 ns[TSA_CPU_CULPRITS];      /* since `born` */
    TSA_U64 born_ns[TSA_CPU_CULPRITS]; /* when it took the place of another */
};

/* A thread in the queue of a CPU, by its slot. */
struct tsa_queued {
    TSA_U32 life; /* of the slot; 0: not queued */
    TSA_U32 cpu;
    TSA_U64 from_ns;       /* charged up to here: the beginning, or a migration */
    TSA_U64 wait_since_ns; /* the slot's, which identifies the wait */
    TSA_U64 cpu_wait_ns;   /* the slot's, before this wait; likewise */
    TSA_U64 throttled_ns;
    TSA_U64 charged_ns;           /* of this wait, before a migration */
    TSA_U64 ns[TSA_CPU_CULPRITS]; /* the CPU's times at from_ns */
    TSA_U64 switches;             /* likewise */
    TSA_U64 pad;
};

#endif
