/* What the probes themselves cost. This source is compiled twice: as it is, and with TSA_PROFILE for `rstat-tsa
 * profile`, where each run of a program is timed and counted by its length. Without it nothing of this is left in the
 * programs, not even a test of a flag, which would be a load and a register in every handler.
 *
 * The time is that between two reads of the clock, so about one read of it is inside (tsa_empty says how long that is);
 * what the kernel does to call the program, and the counting here, are outside.
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

/* Plain additions: the kernel runs a program once at a time on each CPU (before 6.2 an interrupt between them may cost
 * a count). */
static __always_inline void latency_end(__u32 program, __u64 begin_ns) {
    __u64 passed_ns = bpf_ktime_get_ns() - begin_ns;
    struct tsa_latency* latency = bpf_map_lookup_elem(&tsa_latencies, &program);
    __u64 bucket = tsa_latency_bucket(passed_ns);
    one_register(bucket); /* else the compiler drops the mask, by which the verifier knows the bound */
    if (latency) {
        latency->total_ns += passed_ns;
        latency->runs[bucket & (TSA_LATENCY_BUCKETS - 1)]++;
    }
}

/* As BPF_PROG: SEC("tp_btf/...") int TIMED_PROG(name, arguments) { ... } */
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

/* The same for a program that takes its context as it is. */
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

/* Run by user space: the sum of what TSA_EMPTY_RUNS runs of a program that does nothing would show. */
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
