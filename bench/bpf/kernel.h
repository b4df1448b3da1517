// SPDX-License-Identifier: MIT
/* The few kernel types that the comparison programs use, relocated at load (CO-RE). Intentionally separate from
 * bpf/kernel_types.h: the baseline must not change with the product. */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* A tracepoint passes more arguments than a program uses. */
#pragma clang diagnostic ignored "-Wunused-parameter"

#define RELOCATED __attribute__((preserve_access_index))

struct percpu_counter {
    __s64 count;
} RELOCATED;

typedef struct {
    long counter;
} atomic_long_t;

struct mm_rss_stat {
    atomic_long_t count[4];
} RELOCATED;

struct mm_struct {
    struct percpu_counter rss_stat[4]; /* since 6.2 (f1a7941243c1) */
} RELOCATED;

struct mm_struct___before_6_2 {
    struct mm_rss_stat rss_stat;
} RELOCATED;

struct task_io_accounting {
    __u64 read_bytes;
    __u64 write_bytes;
} RELOCATED;

struct task_struct {
    int pid;
    int tgid;
    char comm[16];
    struct mm_struct* mm;
    struct task_io_accounting ioac;
} RELOCATED;

#endif
