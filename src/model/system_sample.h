// The machine beside its threads at one instant: gauges, and totals since boot. Filled by src/system; rates over an
// interval are SystemRow's (system_row.h). Pure data; each value is absent when this machine does not tell it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace tsa {

/// One line of /proc/stat, as cumulative ns of all CPUs together.
struct CpuTimes {
    std::uint64_t user_ns = 0, nice_ns = 0, system_ns = 0, idle_ns = 0, iowait_ns = 0, irq_ns = 0, softirq_ns = 0,
                  steal_ns = 0;

    [[nodiscard]] std::uint64_t busy_ns() const {
        return user_ns + nice_ns + system_ns + irq_ns + softirq_ns + steal_ns;
    }
};

/// One resource of /proc/pressure. Averages are percent, totals cumulative ns.
struct Pressure {
    double some_avg10 = 0, full_avg10 = 0;
    std::uint64_t some_total_ns = 0, full_total_ns = 0;
};

/// The system beside the threads. Each value is absent when this machine does not tell it.
struct SystemSample {
    std::uint32_t cpus = 0;  ///< online
    std::optional<CpuTimes> cpu;
    std::optional<std::array<double, 3>> load;
    std::optional<Pressure> pressure_cpu, pressure_io, pressure_memory;
    std::optional<std::uint64_t> memory_total_bytes, memory_available_bytes, swap_total_bytes, swap_free_bytes;
    std::optional<std::uint64_t> swap_in_bytes, swap_out_bytes;      ///< cumulative
    std::optional<std::uint64_t> disk_read_bytes, disk_write_bytes;  ///< cumulative, whole machine
    std::optional<double> uptime_s;
};

}  // namespace tsa
