// SPDX-License-Identifier: MIT
// What happened on the machine, apart from threads, between two SystemSamples: rates and shares. Pure; part of every
// Report.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/system_sample.h"

namespace tsa {

/// One CPU over the interval.
struct CpuShare {
    std::uint32_t cpu = 0;
    double busy_pct = 0;
};

/// The disk that had a request in flight for the largest part of the interval.
struct BusiestDisk {
    DeviceName name;
    double busy_pct = 0;
};

/// Rates and shares of the system over the interval. Absent: not available on this machine.
struct SystemRow {
    std::uint32_t cpus = 0;
    std::uint64_t cpu_exec_ns = 0;                  ///< sum of exec of all threads: from the probes
    std::optional<std::uint64_t> cpu_busy_ns;       ///< the same by /proc/stat, interrupts and stolen time included
    std::optional<std::uint64_t> irq_and_steal_ns;  ///< in interrupts or stolen by the hypervisor, all CPUs together
    std::optional<double> cpu_busy_pct;             ///< /proc/stat, 100 = all CPUs busy
    std::optional<double> user_pct, system_pct, irq_pct, steal_pct, iowait_pct;
    std::vector<CpuShare> per_cpu;  ///< CPUs that were online at both ends, in order of their number
    std::optional<double> swap_in_bytes_per_s, swap_out_bytes_per_s, disk_read_bytes_per_s, disk_write_bytes_per_s;
    std::optional<double> net_rx_bytes_per_s, net_tx_bytes_per_s;
    std::optional<BusiestDisk> busiest_disk;
    /// PSI of this interval, from the totals: the share of it in which some thread, and all runnable threads, were
    /// stalled. The CPU has no "full": it is not defined for the whole system.
    std::optional<double> stall_cpu_pct, stall_io_pct, stall_memory_pct;
    std::optional<double> stall_io_full_pct, stall_memory_full_pct, stall_irq_full_pct;
    std::optional<std::uint64_t> memory_used_bytes;  ///< not available: reclaimable caches do not count as used
    std::optional<std::uint64_t> swap_used_bytes;
    std::optional<std::uint64_t> core_throttles, package_throttles;  ///< detected in this interval
    SystemSample now;                                                ///< gauges: load, memory, averages
};

/// Everything except cpu_exec_ns, which comes from the threads. Overwrites `row`, reusing its memory.
void measure_system(const SystemSample& before, const SystemSample& now, std::uint64_t interval_ns, SystemRow& row);

/// Time in interrupts or stolen by the hypervisor between two readings, all CPUs together.
[[nodiscard]] std::uint64_t irq_and_steal_growth_ns(const CpuTimes& before, const CpuTimes& now);

/// The GPU with the largest busy share; null if none reports it.
[[nodiscard]] const Gpu* busiest_gpu(const SystemSample& now);

}  // namespace tsa
