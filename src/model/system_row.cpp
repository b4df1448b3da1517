// SPDX-License-Identifier: MIT
// See system_row.h. Counters that decreased (a replaced device, a restarted clock) count as no growth; shares are
// clamped to 0 and 100, since counters continue while the interval's clock is stopped (suspend), and are read slightly
// before or after it.
#include "model/system_row.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "base/saturating.h"
#include "base/time_units.h"

namespace tsa {

namespace {

using Total = std::optional<std::uint64_t>;

// Thousandths: more precise than any of these values, and short in a recording, which stores the shortest text that
// reads back to the same number.
double in_thousandths(double value) {
    constexpr double kSteps = 1000;
    return std::round(value * kSteps) / kSteps;
}

void round_all(std::initializer_list<std::optional<double>*> values) {
    for (std::optional<double>* value : values) {
        if (*value) {
            **value = in_thousandths(**value);
        }
    }
}

// Gauges are also averages and conversions of kernel values.
void round_gauges(SystemSample& now) {
    round_all({&now.cpu_temperature_c, &now.cpu_hottest_c, &now.cpu_mhz, &now.cpu_max_mhz, &now.package_power_w,
               &now.platform_power_w, &now.uptime_s});
    if (now.battery) {
        round_all({&now.battery->power_w, &now.battery->charge_pct});
    }
    for (Gpu& gpu : now.gpus) {
        round_all({&gpu.mhz, &gpu.busy_pct, &gpu.temperature_c});
    }
}

double share_of(std::uint64_t part, std::uint64_t whole) {
    return whole == 0
               ? 0.0
               : in_thousandths(std::clamp(100.0 * static_cast<double>(part) / static_cast<double>(whole), 0.0, 100.0));
}

Total growth(const Total& before, const Total& now) {
    return before && now ? Total(saturating_sub(*now, *before)) : std::nullopt;
}

std::optional<double> rate(const Total& before, const Total& now, std::uint64_t interval_ns) {
    const Total grown_by = growth(before, now);
    if (!grown_by || interval_ns == 0) {
        return std::nullopt;
    }
    return in_thousandths(per_second(static_cast<double>(*grown_by), interval_ns));
}

template <class P>
std::optional<double> stall(const std::optional<P>& before, const std::optional<P>& now, std::uint64_t P::*total_ns,
                            std::uint64_t interval_ns) {
    if (!before || !now) {
        return std::nullopt;
    }
    return share_of(saturating_sub((*now).*total_ns, (*before).*total_ns), interval_ns);
}

std::uint64_t irq_growth_ns(const CpuTimes& before, const CpuTimes& now) {
    return saturating_sub(now.irq_ns, before.irq_ns) + saturating_sub(now.softirq_ns, before.softirq_ns);
}

void measure_cpu(const CpuTimes& before, const CpuTimes& now, std::uint64_t interval_ns, SystemRow& row) {
    const std::uint64_t busy = saturating_sub(now.busy_ns(), before.busy_ns());
    std::uint64_t all =
        busy + saturating_sub(now.idle_ns, before.idle_ns) + saturating_sub(now.iowait_ns, before.iowait_ns);
    // A CPU that goes offline can remove its idle time, and I/O wait time may decrease by itself: then the clock gives
    // the total time.
    if (now.idle_ns < before.idle_ns || now.iowait_ns < before.iowait_ns) {
        all = std::max(busy, interval_ns * row.cpus);
    }
    row.cpu_busy_ns = busy;
    row.irq_and_steal_ns = irq_and_steal_growth_ns(before, now);
    if (all == 0) {
        return;  // shorter than a tick
    }
    row.cpu_busy_pct = share_of(busy, all);
    row.user_pct =
        share_of(saturating_sub(now.user_ns, before.user_ns) + saturating_sub(now.nice_ns, before.nice_ns), all);
    row.system_pct = share_of(saturating_sub(now.system_ns, before.system_ns), all);
    row.irq_pct = share_of(irq_growth_ns(before, now), all);
    row.steal_pct = share_of(saturating_sub(now.steal_ns, before.steal_ns), all);
    row.iowait_pct = share_of(saturating_sub(now.iowait_ns, before.iowait_ns), all);
}

// Both lists are sorted by number. A CPU that was offline at one end has no share.
void measure_per_cpu(const std::vector<CpuBusy>& before, const std::vector<CpuBusy>& now, SystemRow& row) {
    auto old = before.begin();
    for (const CpuBusy& cpu : now) {
        old = std::find_if(old, before.end(), [&](const CpuBusy& candidate) { return candidate.cpu >= cpu.cpu; });
        if (old == before.end()) {
            return;
        }
        const std::uint64_t busy = saturating_sub(cpu.busy_ns, old->busy_ns);
        const std::uint64_t all = busy + saturating_sub(cpu.idle_ns, old->idle_ns);
        if (old->cpu == cpu.cpu && all > 0) {
            row.per_cpu.push_back({cpu.cpu, share_of(busy, all)});
        }
    }
}

void find_busiest_disk(const SystemSample& before, const SystemSample& now, std::uint64_t interval_ns, SystemRow& row) {
    auto next = before.disks.begin();
    for (const DiskBusy& disk : now.disks) {
        // Both lists are in the kernel's order: nearly always it is the next one.
        auto old =
            std::find_if(next, before.disks.end(), [&](const DiskBusy& other) { return other.name == disk.name; });
        if (old == before.disks.end()) {
            old = std::ranges::find(before.disks, disk.name, &DiskBusy::name);
        }
        if (old == before.disks.end() || interval_ns == 0) {
            continue;
        }
        next = old + 1;
        const double busy_pct = share_of(saturating_sub(disk.busy_ns, old->busy_ns), interval_ns);
        if (!row.busiest_disk || busy_pct > row.busiest_disk->busy_pct) {
            row.busiest_disk = BusiestDisk{disk.name, busy_pct};
        }
    }
}

Total without(const Total& whole, const Total& part) {
    return whole && part ? Total(*whole - std::min(*whole, *part)) : std::nullopt;
}

// Resets `row` to absent, keeping its vectors' memory; `now` is overwritten, not reconstructed.
void restart(SystemRow& row, const SystemSample& now) {
    SystemRow fresh;
    fresh.per_cpu.swap(row.per_cpu);
    fresh.per_cpu.clear();
    fresh.now = std::move(row.now);
    row = std::move(fresh);
    row.now = now;
    round_gauges(row.now);
    row.cpus = now.cpus;
}

}  // namespace

std::uint64_t irq_and_steal_growth_ns(const CpuTimes& before, const CpuTimes& now) {
    return irq_growth_ns(before, now) + saturating_sub(now.steal_ns, before.steal_ns);
}

void measure_system(const SystemSample& before, const SystemSample& now, std::uint64_t interval_ns, SystemRow& row) {
    restart(row, now);
    if (before.cpu && now.cpu) {
        measure_cpu(*before.cpu, *now.cpu, interval_ns, row);
    }
    measure_per_cpu(before.per_cpu, now.per_cpu, row);
    row.swap_in_bytes_per_s = rate(before.swap_in_bytes, now.swap_in_bytes, interval_ns);
    row.swap_out_bytes_per_s = rate(before.swap_out_bytes, now.swap_out_bytes, interval_ns);
    row.disk_read_bytes_per_s = rate(before.disk_read_bytes, now.disk_read_bytes, interval_ns);
    row.disk_write_bytes_per_s = rate(before.disk_write_bytes, now.disk_write_bytes, interval_ns);
    row.net_rx_bytes_per_s = rate(before.net_rx_bytes, now.net_rx_bytes, interval_ns);
    row.net_tx_bytes_per_s = rate(before.net_tx_bytes, now.net_tx_bytes, interval_ns);
    find_busiest_disk(before, now, interval_ns, row);
    const auto some = &Pressure::some_total_ns;
    const auto full = &Pressure::full_total_ns;
    row.stall_cpu_pct = stall(before.pressure_cpu, now.pressure_cpu, some, interval_ns);
    row.stall_io_pct = stall(before.pressure_io, now.pressure_io, some, interval_ns);
    row.stall_memory_pct = stall(before.pressure_memory, now.pressure_memory, some, interval_ns);
    row.stall_io_full_pct = stall(before.pressure_io, now.pressure_io, full, interval_ns);
    row.stall_memory_full_pct = stall(before.pressure_memory, now.pressure_memory, full, interval_ns);
    row.stall_irq_full_pct = stall(before.pressure_irq, now.pressure_irq, &IrqPressure::full_total_ns, interval_ns);
    row.memory_used_bytes = without(now.memory_total_bytes, now.memory_available_bytes);
    row.swap_used_bytes = without(now.swap_total_bytes, now.swap_free_bytes);
    row.core_throttles = growth(before.core_throttles, now.core_throttles);
    row.package_throttles = growth(before.package_throttles, now.package_throttles);
}

const Gpu* busiest_gpu(const SystemSample& now) {
    const Gpu* busiest = nullptr;
    for (const Gpu& gpu : now.gpus) {
        if (gpu.busy_pct && (busiest == nullptr || *gpu.busy_pct > *busiest->busy_pct)) {
            busiest = &gpu;
        }
    }
    return busiest;
}

}  // namespace tsa
