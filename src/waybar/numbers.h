// SPDX-License-Identifier: MIT
// The few numbers that the status bar's text, classes and tooltip share: each is computed in one place. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "model/report.h"
#include "model/top.h"

namespace tsa {

struct WaybarNumbers {
    std::optional<double> cpu_pct;  ///< 100: all CPUs busy
    /// Threads that wait for a CPU, in percent of the CPUs: in addition to cpu_pct, what the machine lacks. May exceed
    /// 100.
    std::optional<double> wait_pct;
    /// Threads on average per state, of those that the report lists; absent when it was not measured.
    PerState<std::optional<double>> threads_in;
    std::optional<double> lost;  ///< threads delayed, on average
    std::uint64_t threads = 0;   ///< alive
    std::optional<double> memory_pct, swap_pct;
    std::optional<double> memory_stall_pct,
        io_stall_pct;                        ///< PSI; without it, the threads in these waits, capped at 100
    std::optional<double> temperature_c;     ///< of the package, else the hottest CPU
    std::optional<double> swap_bytes_per_s;  ///< in and out
    std::optional<double> power_w;           ///< of the board, else the packages, else the battery's discharge
    std::optional<std::uint64_t> throttles;  ///< throttled by heat or power in this interval
};

/// `kernel`: the report lists kernel threads, and sums include them.
[[nodiscard]] WaybarNumbers waybar_numbers(const Report& report, bool kernel);

}  // namespace tsa
