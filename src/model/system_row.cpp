// See system_row.h. Counters that went back (a device that was replaced) count as no growth.
#include "model/system_row.h"

#include "base/grown.h"

namespace tsa {

namespace {

double percent_per_second(std::uint64_t before_ns, std::uint64_t now_ns, std::uint64_t interval_ns) {
    return interval_ns == 0 ? 0.0
                            : 100.0 * static_cast<double>(grown(before_ns, now_ns)) / static_cast<double>(interval_ns);
}

std::optional<double> rate(const std::optional<std::uint64_t>& before, const std::optional<std::uint64_t>& now,
                           std::uint64_t interval_ns) {
    if (!before.has_value() || !now.has_value() || interval_ns == 0) {
        return std::nullopt;
    }
    return static_cast<double>(grown(*before, *now)) * 1e9 / static_cast<double>(interval_ns);
}

std::optional<double> stall(const std::optional<Pressure>& before, const std::optional<Pressure>& now,
                            std::uint64_t interval_ns) {
    if (!before.has_value() || !now.has_value()) {
        return std::nullopt;
    }
    return percent_per_second(before->some_total_ns, now->some_total_ns, interval_ns);
}

void measure_cpu(const CpuTimes& before, const CpuTimes& now, SystemRow& row) {
    const std::uint64_t busy = grown(before.busy_ns(), now.busy_ns());
    const std::uint64_t idle = grown(before.idle_ns, now.idle_ns) + grown(before.iowait_ns, now.iowait_ns);
    if (busy + idle == 0) {
        return;  // shorter than a tick
    }
    const auto share = [&](std::uint64_t part) {
        return 100.0 * static_cast<double>(part) / static_cast<double>(busy + idle);
    };
    row.cpu_busy_pct = share(busy);
    row.user_pct = share(grown(before.user_ns, now.user_ns) + grown(before.nice_ns, now.nice_ns));
    row.system_pct = share(grown(before.system_ns, now.system_ns));
    row.irq_pct = share(grown(before.irq_ns, now.irq_ns) + grown(before.softirq_ns, now.softirq_ns));
    row.steal_pct = share(grown(before.steal_ns, now.steal_ns));
    row.iowait_pct = share(grown(before.iowait_ns, now.iowait_ns));
}

}  // namespace

SystemRow measure_system(const SystemSample& before, const SystemSample& now, std::uint64_t interval_ns) {
    SystemRow row;
    row.cpus = now.cpus;
    row.now = now;
    if (before.cpu.has_value() && now.cpu.has_value()) {
        measure_cpu(*before.cpu, *now.cpu, row);
    }
    row.swap_in_bytes_per_s = rate(before.swap_in_bytes, now.swap_in_bytes, interval_ns);
    row.swap_out_bytes_per_s = rate(before.swap_out_bytes, now.swap_out_bytes, interval_ns);
    row.disk_read_bytes_per_s = rate(before.disk_read_bytes, now.disk_read_bytes, interval_ns);
    row.disk_write_bytes_per_s = rate(before.disk_write_bytes, now.disk_write_bytes, interval_ns);
    row.stall_cpu_pct = stall(before.pressure_cpu, now.pressure_cpu, interval_ns);
    row.stall_io_pct = stall(before.pressure_io, now.pressure_io, interval_ns);
    row.stall_memory_pct = stall(before.pressure_memory, now.pressure_memory, interval_ns);
    return row;
}

}  // namespace tsa
