// SPDX-License-Identifier: MIT
/* The record of the naive monitor's hash map: shared by bpf/naive.bpf.c and the driver that reads it. */
#ifndef BENCH_NAIVE_H
#define BENCH_NAIVE_H

#ifndef __bpf__
#include <stdint.h>
typedef uint32_t naive_u32;
typedef uint64_t naive_u64;
#else
typedef __u32 naive_u32;
typedef __u64 naive_u64;
#endif

struct naive_totals {
    naive_u32 tgid;
    naive_u32 pad;
    naive_u64 exec_ns;
    naive_u64 switches;
    naive_u64 rss_bytes;
    naive_u64 read_bytes;
    naive_u64 write_bytes;
    char comm[16];
};

#define NAIVE_THREADS 16384

#endif
