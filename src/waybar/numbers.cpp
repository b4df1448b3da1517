// SPDX-License-Identifier: MIT
// See numbers.h.
#include "waybar/numbers.h"

#include <algorithm>
#include <array>
#include <bit>

namespace tsa {

namespace {

/// /proc/stat counts in ticks of 10 ms: below this much CPU time in an interval a tick is more than 2.5 %, and the
/// probes' nanoseconds are more precise.
constexpr double kEnoughTicksNs = 400e6;

std::optional<double> cpu_pct(const Report& report) {
    const SystemRow& system = report.system;
    const double capacity_ns = static_cast<double>(report.interval_ns) * system.cpus;
    const bool coarse = report.source == Source::bpf && capacity_ns < kEnoughTicksNs;
    if ((system.cpu_busy_pct && !coarse) || capacity_ns == 0) {
        return system.cpu_busy_pct;
    }
    return std::min(100.0, 100.0 * static_cast<double>(system.cpu_exec_ns) / capacity_ns);
}

std::optional<double> share(const std::optional<std::uint64_t>& part, const std::optional<std::uint64_t>& whole) {
    if (!part || !whole || *whole == 0) {
        return std::nullopt;
    }
    return 100.0 * static_cast<double>(*part) / static_cast<double>(*whole);
}

std::optional<double> stall(const std::optional<double>& psi, const std::optional<double>& threads) {
    if (psi || !threads) {
        return psi;
    }
    return std::min(100.0, 100.0 * *threads);
}

std::optional<double> power(const SystemSample& now) {
    if (now.platform_power_w || now.package_power_w) {
        return now.platform_power_w ? now.platform_power_w : now.package_power_w;
    }
    return now.battery && now.battery->status == BatteryStatus::discharging ? now.battery->power_w : std::nullopt;
}

std::optional<std::uint64_t> throttles(const SystemRow& system) {
    const std::array<std::optional<std::uint64_t>, 2> counters{system.core_throttles, system.package_throttles};
    std::optional<std::uint64_t> sum;
    for (const auto& counter : counters) {
        if (counter) {
            sum = sum.value_or(0) + *counter;
        }
    }
    if (system.now.throttle_reasons) {
        sum = sum.value_or(0) + static_cast<std::uint64_t>(std::popcount(*system.now.throttle_reasons));
    }
    return sum;
}

}  // namespace

WaybarNumbers waybar_numbers(const Report& report, bool kernel) {
    WaybarNumbers numbers;
    const SystemRow& system = report.system;
    numbers.cpu_pct = cpu_pct(report);
    numbers.threads = report.listed_threads + (kernel ? report.health.threads_without_slot : 0);
    if (report.interval_ns != 0) {
        // The machine's sums, or those of the listed threads when kernel threads are left out.
        const PerState<std::uint64_t>& sum_ns = kernel ? report.total_ns : report.listed_ns;
        const auto interval_ns = static_cast<double>(report.interval_ns);
        for (std::size_t i = 0; i < kStateCount; ++i) {
            if ((report.measured & measured_bit(static_cast<ThreadState>(i))) != 0) {
                numbers.threads_in[i] = static_cast<double>(sum_ns[i]) / interval_ns;
            }
        }
        numbers.lost = static_cast<double>(measured_latency_ns(sum_ns, report.measured)) / interval_ns;
        const std::optional<double>& waiting = numbers.threads_in[index(ThreadState::cpu_wait)];
        if (waiting && system.cpus != 0) {
            numbers.wait_pct = 100.0 * *waiting / system.cpus;
        }
    }
    numbers.memory_pct = share(system.memory_used_bytes, system.now.memory_total_bytes);
    numbers.swap_pct = share(system.swap_used_bytes, system.now.swap_total_bytes);
    numbers.memory_stall_pct = stall(system.stall_memory_pct, numbers.threads_in[index(ThreadState::mem_wait)]);
    numbers.io_stall_pct = stall(system.stall_io_pct, numbers.threads_in[index(ThreadState::io_wait)]);
    numbers.temperature_c = system.now.cpu_temperature_c ? system.now.cpu_temperature_c : system.now.cpu_hottest_c;
    if (system.swap_in_bytes_per_s || system.swap_out_bytes_per_s) {
        numbers.swap_bytes_per_s = system.swap_in_bytes_per_s.value_or(0) + system.swap_out_bytes_per_s.value_or(0);
    }
    numbers.power_w = power(system.now);
    numbers.throttles = throttles(system);
    return numbers;
}

}  // namespace tsa
