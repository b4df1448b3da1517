// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The ABI between the reader of stacks (stacks.bpf.c) and user space: a list of blocked threads, and of each its
 * registers, the top of its user stack and its kernel stack. User space unwinds the copy: src/stacks/unwind.h.
 */
#ifndef TSA_STACKS_H
#define TSA_STACKS_H

#include "tsa.h"

/* By DWARF's numbers. x86-64: 0 to 15, 7 is the stack pointer, 16 the instruction pointer. arm64: x0 to x30, 31 is the
 * stack pointer, 32 the instruction pointer. */
#define TSA_STACK_REGISTERS 33
/* Of the user stack, from its pointer up. Copied in chunks that end at multiples of TSA_STACK_CHUNK, the last one of
 * which starts within TSA_STACK_BYTES - TSA_STACK_CHUNK. */
#define TSA_STACK_CHUNK 4096
#define TSA_STACK_BYTES (5 * TSA_STACK_CHUNK)
#define TSA_KERNEL_FRAMES 64
#define TSA_MAX_STACKS 64 /* per call */

enum tsa_stack_flag {
    TSA_STACK_NO_USER = 1, /* a kernel thread: no registers, no user stack */
    TSA_STACK_COMPAT = 2,  /* the registers are those of a 32-bit program */
};

/* One thread. User space fills the first two fields, the program the others, `at_ns` last. */
struct tsa_stack_query {
    TSA_U64 start_time_ns; /* with the TID its identity */
    TSA_U32 tid;           /* in the initial namespace */
    TSA_U32 flags;         /* enum tsa_stack_flag */
    TSA_S32 error;         /* 0, or a negative errno: -ESRCH the thread has exited, -EAGAIN it ran meanwhile */
    TSA_U32 kernel_frames;
    TSA_U32 stack_bytes; /* of `stack`; fewer than it has room for: the memory above does not exist */
    TSA_U32 pad;
    TSA_U64 at_ns; /* CLOCK_MONOTONIC right after the copy; 0: not copied */
    TSA_U64 registers[TSA_STACK_REGISTERS];
    TSA_U64 kernel[TSA_KERNEL_FRAMES]; /* addresses, innermost first */
    TSA_U8 stack[TSA_STACK_BYTES];
};

#ifndef __bpf__
static_assert(sizeof(struct tsa_stack_query) == 40 + 8 * (TSA_STACK_REGISTERS + TSA_KERNEL_FRAMES) + TSA_STACK_BYTES,
              "the same layout on both sides");
#else
_Static_assert(sizeof(struct tsa_stack_query) == 40 + 8 * (TSA_STACK_REGISTERS + TSA_KERNEL_FRAMES) + TSA_STACK_BYTES,
               "the same layout on both sides");
#endif

#endif
