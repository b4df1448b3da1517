// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The ABI between the lock reader (locks.bpf.c) and user space: a list of locks that threads wait for, and the memory
 * contents of each when it was read.
 */
#ifndef TSA_LOCKS_H
#define TSA_LOCKS_H

#include "tsa.h"

#define TSA_LOCK_WORDS 8

/* One lock. User space fills the first three fields and `tgid`, the program the others, `at_ns` last. */
struct tsa_lock_query {
    TSA_U64 address;
    TSA_U32 tid;                   /* a thread that waits for it, in the namespace of user space */
    TSA_U32 kind;                  /* enum tsa_lock_kind */
    TSA_U32 words[TSA_LOCK_WORDS]; /* TSA_LOCK_USER: the first words at `address`, in the memory of `tid`.
                                      Else words[0] is the TID of the holder in the initial namespace; 0: none */
    TSA_S32 error;                 /* 0, or a negative errno: the thread has exited, or the memory does not exist */
    TSA_U32 tgid;                  /* the process of `tid`; not used by the program */
    TSA_U64 at_ns;                 /* CLOCK_MONOTONIC right after the read; 0: not read */
};

#define TSA_MAX_LOCKS 512 /* locks per call */
#define TSA_LOCK_LISTS 4  /* calls at a time: one may hang in the memory of a process */

/* The context of the programs that read a list. */
struct tsa_lock_range {
    TSA_U32 begin, end; /* entries of the list; `end` is exclusive */
};

#ifndef __bpf__
static_assert(sizeof(struct tsa_lock_query) == 64, "one cache line on both sides");
#else
_Static_assert(sizeof(struct tsa_lock_query) == 64, "one cache line on both sides");
#endif

#endif
