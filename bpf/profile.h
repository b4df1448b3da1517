// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Measures the cost of the probes themselves. The source is compiled twice: as is, and with TSA_PROFILE for `rstat-tsa
 * profile`, which times each run of a program and counts it by its length. Without TSA_PROFILE the programs contain
 * none of this, not even a test of a flag, which would cost a load and a register in every handler.
 *
 * The time is between two clock reads and so includes about one read (tsa_empty measures it); the kernel's cost of
 * calling the program and the counting here are not included.
 */
#ifndef TSA_PROFILE_H
#define TSA_PROFILE_H

#include "slot_maps.h"

#ifdef TSA_PROFILE

#include "tsa_latency.h"

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, TSA_TIMED_COUNT); /* enum tsa_timed_program */
    __type(key, __u32);
    __type(value, struct tsa_latency);
} tsa_latencies SEC(".maps");

#define latency_begin() bpf_ktime_get_ns()

/* Plain additions: the kernel runs a program once at a time on each CPU (before 6.2 an interrupt between them may cause
 * a missed count). */
static __always_inline void latency_end(__u32 program, __u64 begin_ns) {
    __u64 passed_ns = bpf_ktime_get_ns() - begin_ns;
    struct tsa_latency* latency = bpf_map_lookup_elem(&tsa_latencies, &program);
    __u64 bucket = tsa_latency_bucket(passed_ns);
    one_register(bucket); /* otherwise the compiler drops the mask, which proves the bound to the verifier */
    if (latency) {
        latency->total_ns += passed_ns;
        latency->runs[bucket & (TSA_LATENCY_BUCKETS - 1)]++;
    }
}

/* Like BPF_PROG: SEC("tp_btf/...") int TIMED_PROG(name, arguments) { ... } */
#define TIMED_PROG(name, args...)                                       \
    name(unsigned long long* ctx);                                      \
    static __always_inline int untimed_##name(unsigned long long* ctx); \
    int name(unsigned long long* ctx) {                                 \
        __u64 begin_ns = latency_begin();                               \
        int result = untimed_##name(ctx);                               \
        latency_end(TSA_TIMED_##name, begin_ns);                        \
        return result;                                                  \
    }                                                                   \
    static __always_inline int BPF_PROG(untimed_##name, ##args)

/* The same for a program that takes the raw context. */
#define TIMED_CONTEXT_PROG(name, type)                       \
    name(type context);                                      \
    static __always_inline int untimed_##name(type context); \
    int name(type context) {                                 \
        __u64 begin_ns = latency_begin();                    \
        int result = untimed_##name(context);                \
        latency_end(TSA_TIMED_##name, begin_ns);             \
        return result;                                       \
    }                                                        \
    static __always_inline int untimed_##name(type context)

/* Run by user space: the total measured time of TSA_EMPTY_RUNS runs of an empty program. */
SEC("syscall")
int tsa_empty(void* context) {
    __u64 total_ns = 0;
    for (int i = 0; i < TSA_EMPTY_RUNS; i++) {
        __u64 begin_ns = latency_begin();
        total_ns += bpf_ktime_get_ns() - begin_ns;
    }
    return (int)total_ns;
}

#else

#define TIMED_PROG BPF_PROG
#define TIMED_CONTEXT_PROG(name, type) name(type context)

#endif

#endif
