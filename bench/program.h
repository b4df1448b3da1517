// SPDX-License-Identifier: MIT
// Runs the built rstat-tsa for the parts, and measures the cost of its refreshes from outside. A program's start and
// exit never count: short runs are subtracted from long ones, or its counters are read while it runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "child.h"
#include "measure.h"
#include "table.h"

namespace tsa::bench {

inline constexpr int kProgramIntervalMs = 100;

/// A program that refreshes until its output is no longer read.
struct Mode {
    std::string name;                  ///< "stat", as rows call it
    std::vector<std::string> command;  ///< with its arguments
    std::string mark;                  ///< prefix of the line that occurs once per refresh
};

/// `stat` of the 20 most delayed threads, with these additional arguments.
[[nodiscard]] Mode stat_mode(int interval_ms = kProgramIntervalMs, const std::vector<std::string>& arguments = {});
/// The status bar with its default settings.
[[nodiscard]] Mode waybar_mode(int interval_ms = kProgramIntervalMs);
/// `top` of all threads, as text.
[[nodiscard]] Mode top_mode(int interval_ms);

/// Reads lines until `count` refreshes have started. Error: the program exited, or printed nothing for half a minute.
Result<void> await_refreshes(Child& child, const Mode& mode, int count);

struct CallsPerRefresh {
    Spread rounds;
    std::string by_name;  ///< "pread64 6, write 1"
};
/// System calls, by strace.
Result<CallsPerRefresh> calls_per_refresh(const Mode& mode);

/// Heap allocations per refresh, window by window of one run, after its start.
Result<std::vector<double>> allocation_windows(const Mode& mode, int windows, int refreshes);

/// CPU time per refresh in microseconds, over `refreshes` of them.
Result<double> cpu_us_per_refresh(const Mode& mode, int refreshes);

struct PrivateMemory {
    double dirty_mb = 0;  ///< what the machine would get back if it ended: pages that only this process has, and wrote
    double slots_mb = 0;  ///< BPF maps: the kernel's memory, beside that
};
/// What it holds after its first refreshes.
Result<PrivateMemory> private_memory(const Mode& mode);
/// "and 3.0 MB of slots, mapped from the kernel"
[[nodiscard]] std::string memory_text(const PrivateMemory& memory);

// One or two rows of the table each, with the same text for every mode. A failed measurement is also a row.
/// At 100 and at 10,000 threads, which must be the same.
void add_calls(Table& table, std::string_view part, const Mode& mode);
void add_allocations(Table& table, std::string_view part, const Mode& mode);

inline void skip_on_error(Table& table, std::string_view part, const std::string& what, const Result<void>& measured) {
    if (!measured.ok()) {
        table.skip(std::string(part), what, measured.error().text());
    }
}

}  // namespace tsa::bench
