// What happened to the machine beside its threads between two SystemSamples: rates and shares. Pure; part of every
// Report.
#pragma once

#include <cstdint>
#include <optional>

#include "model/system_sample.h"

namespace tsa {

/// Rates and shares of the system over the interval. Absent = the machine does not tell.
struct SystemRow {
    std::uint32_t cpus = 0;
    std::uint64_t cpu_exec_ns = 0;       ///< sum of exec of all threads: from the probes
    std::optional<double> cpu_busy_pct;  ///< /proc/stat, 100 = all CPUs busy
    std::optional<double> user_pct, system_pct, irq_pct, steal_pct, iowait_pct;
    std::optional<double> swap_in_bytes_per_s, swap_out_bytes_per_s, disk_read_bytes_per_s, disk_write_bytes_per_s;
    std::optional<double> stall_cpu_pct, stall_io_pct,
        stall_memory_pct;  ///< PSI "some" of this interval, from the totals
    SystemSample now;      ///< gauges: load, memory, averages
};

/// Everything but cpu_exec_ns, which only the threads tell.
[[nodiscard]] SystemRow measure_system(const SystemSample& before, const SystemSample& now, std::uint64_t interval_ns);

}  // namespace tsa
