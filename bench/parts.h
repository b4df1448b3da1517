// The parts of the table. Each measures one budget of the design and adds its rows; what cannot be measured here (a
// tool is missing, a probe does not load) becomes a row that says so.
#pragma once

#include <span>
#include <string_view>

#include "table.h"

namespace tsa::bench {

/// Run time of the switch programs, by the kernel's own count, under `perf bench sched pipe`.
void part_switch(Table& table);
/// What a context switch costs the machine: `perf bench sched pipe` with each contender attached.
void part_pipe(Table& table);
/// The same with the drill-down's probe beside ours: on a thread that has nothing to do with it, and on one of the
/// pipe.
void part_target(Table& table);
/// Reading all slots and building the report, by number of threads; live and synthetic.
void part_read(Table& table);
/// One sample against walking the naive monitor's hash map.
void part_naive(Table& table);
/// System calls per refresh of `rstat-tsa stat`, at two numbers of threads.
void part_syscalls(Table& table);
/// Heap allocations per refresh of `rstat-tsa stat`.
void part_heap(Table& table);
/// All of it for `rstat-tsa waybar`, and the time of its sample and its share of a CPU.
void part_waybar(Table& table);
/// A recording at 10,000 mostly idle threads: its share of a CPU, and its bytes.
void part_record(Table& table);
/// CPU time per refresh against `top -H`.
void part_top(Table& table);
/// The same without probes: /proc against `top -H`.
void part_procfs(Table& table);
/// Asking the kernel's delay accounting for 1,000 threads.
void part_taskstats(Table& table);
/// Time to the first line, and dirty private memory.
void part_start(Table& table);

struct Part {
    std::string_view name;
    void (*run)(Table&);
    std::string_view about;
};

[[nodiscard]] std::span<const Part> parts();

}  // namespace tsa::bench
