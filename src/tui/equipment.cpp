// See equipment.h.
#include "tui/equipment.h"

#include <algorithm>

namespace tsa {
namespace {

bool above_zero(const std::optional<std::uint64_t>& value) {
    return value.value_or(0) > 0;
}

bool slowed_down(const SystemRow& system) {
    return above_zero(system.core_throttles) || above_zero(system.package_throttles) ||
           system.now.throttle_reasons.value_or(0) != 0;
}

}  // namespace

Equipment with_report(Equipment known, const Report& report) {
    const SystemRow& system = report.system;
    const SystemSample& now = system.now;
    const auto note = [&](Part part, bool there) { known.parts |= there ? 1U << static_cast<unsigned>(part) : 0U; };
    note(Part::cpu_shares, system.user_pct && system.system_pct);
    note(Part::load, now.load.has_value());
    note(Part::frequency, now.cpu_mhz.has_value());
    note(Part::fastest_cpu, now.cpu_max_mhz.has_value());
    note(Part::temperature, now.cpu_temperature_c || now.cpu_hottest_c);
    note(Part::hottest_cpu, now.cpu_temperature_c && now.cpu_hottest_c);
    note(Part::cache, now.memory_cache_bytes.has_value());
    // Devices without anything in them are not in use.
    note(Part::swap, above_zero(now.swap_total_bytes));
    note(Part::zram, above_zero(now.zram_data_bytes));
    note(Part::zswap, above_zero(now.zswap_data_bytes));
    note(Part::arc, above_zero(now.zfs_arc_bytes));
    note(Part::disk_rates, system.disk_read_bytes_per_s || system.disk_write_bytes_per_s);
    note(Part::busiest_disk, system.busiest_disk.has_value());
    note(Part::network, system.net_rx_bytes_per_s || system.net_tx_bytes_per_s);
    note(Part::stall_cpu, system.stall_cpu_pct.has_value());
    note(Part::stall_memory, system.stall_memory_pct.has_value());
    note(Part::stall_io, system.stall_io_pct.has_value());
    for (const Gpu& gpu : now.gpus) {
        note(Part::gpu_busy, gpu.busy_pct.has_value());
        note(Part::gpu_mhz, gpu.mhz.has_value());
        note(Part::gpu_temperature, gpu.temperature_c.has_value());
        note(Part::gpu_memory, gpu.memory_used_bytes.has_value());
    }
    note(Part::package_power, now.package_power_w.has_value());
    note(Part::platform_power, now.platform_power_w.has_value());
    note(Part::battery, now.battery.has_value());
    note(Part::power_profile, now.power_profile.has_value());
    known.gpus = std::max(known.gpus, now.gpus.size());
    if (!system.per_cpu.empty()) {
        known.cpus = std::max<std::size_t>(known.cpus, std::size_t{system.per_cpu.back().cpu} + 1);
    }
    if (slowed_down(system)) {
        known.throttled_at_ns = report.now_ns;
    }
    return known;
}

bool is_throttled(const Equipment& known, const Report& report) {
    return known.throttled_at_ns && report.now_ns - std::min(*known.throttled_at_ns, report.now_ns) < kThrottledForNs;
}

}  // namespace tsa
