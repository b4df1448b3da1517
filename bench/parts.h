// SPDX-License-Identifier: MIT
// The parts of the table. Each measures one budget of the design and adds its rows; if a measurement is not possible (a
// tool is missing, a probe does not load), a row says so.
#pragma once

#include <span>
#include <string_view>

#include "table.h"

namespace tsa::bench {

/// Run time of the switch programs, by the kernel's own count, under `perf bench sched pipe`.
void part_switch(Table& table);
/// The cost of a context switch: `perf bench sched pipe` with each contender attached.
void part_pipe(Table& table);
/// The same with the drill-down's probe in addition to ours: on an unrelated thread, and on one of the pipe.
void part_target(Table& table);
/// The same with the probes of wakers, and with those of neighbors.
void part_others(Table& table);
/// Sending and receiving with the probes that count network bytes.
void part_network(Table& table);
/// Reading all slots and building the report, by number of threads; live and synthetic.
void part_read(Table& table);
/// One sample compared with walking the naive monitor's hash map.
void part_naive(Table& table);
/// System calls per refresh of `rstat-tsa stat`, at two numbers of threads.
void part_syscalls(Table& table);
/// Heap allocations per refresh of `rstat-tsa stat`.
void part_heap(Table& table);
/// All of these for `rstat-tsa waybar`, plus the time of its sample and its share of a CPU.
void part_waybar(Table& table);
/// A recording at 10,000 mostly idle threads: its share of a CPU, and its bytes.
void part_record(Table& table);
/// CPU time per refresh compared with `top -H`.
void part_top(Table& table);
/// The same without probes: /proc compared with `top -H`.
void part_procfs(Table& table);
/// Reading the kernel's delay accounting for 1,000 threads.
void part_taskstats(Table& table);
/// Copying, unwinding and naming stacks of blocked threads, and its memory.
void part_stacks(Table& table);
/// Ends of threads in a storm of them: listed, counted, dropped.
void part_storm(Table& table);
/// Time to the first line, and dirty private memory.
void part_start(Table& table);

struct Part {
    std::string_view name;
    void (*run)(Table&);
    std::string_view about;
};

[[nodiscard]] std::span<const Part> parts();

}  // namespace tsa::bench
