// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The ABI of the probes' own latency: included by profile.h and by src/sched. For each program, its run times in
 * power-of-two buckets of nanoseconds.
 */
#ifndef TSA_LATENCY_H
#define TSA_LATENCY_H

#include "tsa_log2.h"

/* Every program run by an event, and the seeding of each existing thread at the start. Programs run by user space are
 * not timed. */
#define TSA_TIMED_PROGRAMS(X) \
    X(tsa_switch)             \
    X(tsa_switch_old)         \
    X(tsa_wakeup)             \
    X(tsa_fork)               \
    X(tsa_wakeup_new)         \
    X(tsa_exec)               \
    X(tsa_rename)             \
    X(tsa_free_task)          \
    X(tsa_lock_begin)         \
    X(tsa_lock_end)           \
    X(tsa_reclaim_begin)      \
    X(tsa_reclaim_end)        \
    X(tsa_memcg_begin)        \
    X(tsa_memcg_end)          \
    X(tsa_compact_begin)      \
    X(tsa_compact_end)        \
    X(tsa_swap_in_begin)      \
    X(tsa_swap_in_end)        \
    X(tsa_ring_create)        \
    X(tsa_ring_submit)        \
    X(tsa_ring_submit_old)    \
    X(tsa_ring_complete)      \
    X(tsa_seed)

#define TSA_TIMED_ENUMERATOR(program) TSA_TIMED_##program,
enum tsa_timed_program { TSA_TIMED_PROGRAMS(TSA_TIMED_ENUMERATOR) TSA_TIMED_COUNT };
#undef TSA_TIMED_ENUMERATOR

/* Bucket b counts the runs of [2^b, 2^(b+1)) ns; the first also 0, the last also anything longer. */
#define TSA_LATENCY_BUCKETS 32

/* Empty runs per run of tsa_empty. */
#define TSA_EMPTY_RUNS 64

/* One program on one CPU. */
struct tsa_latency {
    TSA_U64 total_ns;
    TSA_U64 runs[TSA_LATENCY_BUCKETS];
};

static inline TSA_U32 tsa_latency_bucket(TSA_U64 ns) {
    const TSA_U64 most = (1ull << TSA_LATENCY_BUCKETS) - 1;
    return (TSA_U32)tsa_log2(ns > most ? most : ns);
}

#ifndef __bpf__
static_assert(sizeof(struct tsa_latency) == 264, "the same on both sides");
#else
_Static_assert(sizeof(struct tsa_latency) == 264, "the same on both sides");
#endif

#endif
