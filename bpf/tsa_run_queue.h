// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* How long threads waited for a CPU, by length: shared by sched.bpf.c and src/sched. Bounds are powers of two of a
 * second, in units of 2^-30 s: bucket b counts waits of [2^b, 2^(b+1)) units, the first also shorter ones, the last
 * also all longer ones.
 */
#ifndef TSA_RUN_QUEUE_H
#define TSA_RUN_QUEUE_H

#include "tsa.h"

#define TSA_RUN_QUEUE_BUCKETS 64
#define TSA_RUN_QUEUE_UNIT_BITS 30

/* Of one CPU. */
struct tsa_run_queue {
    TSA_U64 total_ns;
    TSA_U64 counts[TSA_RUN_QUEUE_BUCKETS];
};

/* 2^30 units are 1e9 ns: ns * 2^30 / 1e9, off by less than 1e-9 of it. Exact enough up to 2^33 ns; longer waits count
 * as that long. */
static inline TSA_U64 tsa_run_queue_units(TSA_U64 ns) {
    TSA_U64 most = (TSA_U64)1 << 33;
    return ((ns < most ? ns : most) * 1152921505ull) >> 30;
}

#endif
