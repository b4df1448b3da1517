// See system_json.h.
#include "output/system_json.h"

#include "output/sanitize.h"

namespace tsa {

namespace {

void put_name(Json& json, std::string_view key, const std::optional<std::string_view>& name) {
    put_key(json, key);
    name ? put_text(json, Printable(*name).view()) : static_cast<void>(json.Null());
}

// A field of what may be absent as a whole.
template <class Whole, class Field>
void put_of(Json& json, std::string_view key, const std::optional<Whole>& whole, Field field) {
    put(json, key, whole ? std::optional<double>((*whole).*field) : std::nullopt);
}

void put_cpus(Json& json, const SystemRow& system) {
    put(json, "cpus", std::uint64_t{system.cpus});
    put(json, "cpu_exec_ns", system.cpu_exec_ns);
    put(json, "cpu_busy_ns", system.cpu_busy_ns);
    put(json, "cpu_busy_pct", system.cpu_busy_pct);
    put(json, "user_pct", system.user_pct);
    put(json, "system_pct", system.system_pct);
    put(json, "irq_pct", system.irq_pct);
    put(json, "steal_pct", system.steal_pct);
    put(json, "iowait_pct", system.iowait_pct);
    put_key(json, "per_cpu");
    if (system.per_cpu.empty()) {
        json.Null();
    } else {
        json.StartArray();
        for (const CpuShare& share : system.per_cpu) {
            json.StartObject();
            put(json, "cpu", std::uint64_t{share.cpu});
            put(json, "busy_pct", std::optional(share.busy_pct));
            json.EndObject();
        }
        json.EndArray();
    }
    const auto& load = system.now.load;
    put(json, "load1", load ? std::optional((*load)[0]) : std::nullopt);
    put(json, "load5", load ? std::optional((*load)[1]) : std::nullopt);
    put(json, "load15", load ? std::optional((*load)[2]) : std::nullopt);
}

void put_stalls(Json& json, const SystemRow& system) {
    const SystemSample& now = system.now;
    put(json, "psi_cpu_some_pct", system.stall_cpu_pct);
    put(json, "psi_io_some_pct", system.stall_io_pct);
    put(json, "psi_memory_some_pct", system.stall_memory_pct);
    put(json, "psi_io_full_pct", system.stall_io_full_pct);
    put(json, "psi_memory_full_pct", system.stall_memory_full_pct);
    put(json, "psi_irq_full_pct", system.stall_irq_full_pct);
    put_of(json, "psi_cpu_some_avg10", now.pressure_cpu, &Pressure::some_avg10);
    put_of(json, "psi_io_some_avg10", now.pressure_io, &Pressure::some_avg10);
    put_of(json, "psi_io_full_avg10", now.pressure_io, &Pressure::full_avg10);
    put_of(json, "psi_memory_some_avg10", now.pressure_memory, &Pressure::some_avg10);
    put_of(json, "psi_memory_full_avg10", now.pressure_memory, &Pressure::full_avg10);
    put_of(json, "psi_irq_full_avg10", now.pressure_irq, &IrqPressure::full_avg10);
}

void put_memory(Json& json, const SystemRow& system) {
    const SystemSample& now = system.now;
    put(json, "memory_total_bytes", now.memory_total_bytes);
    put(json, "memory_available_bytes", now.memory_available_bytes);
    put(json, "memory_used_bytes", system.memory_used_bytes);
    put(json, "memory_free_bytes", now.memory_free_bytes);
    put(json, "memory_cache_bytes", now.memory_cache_bytes);
    put(json, "zfs_arc_bytes", now.zfs_arc_bytes);
    put(json, "swap_total_bytes", now.swap_total_bytes);
    put(json, "swap_free_bytes", now.swap_free_bytes);
    put(json, "swap_used_bytes", system.swap_used_bytes);
    put(json, "swap_in_bytes_per_s", system.swap_in_bytes_per_s);
    put(json, "swap_out_bytes_per_s", system.swap_out_bytes_per_s);
    put(json, "zram_data_bytes", now.zram_data_bytes);
    put(json, "zram_memory_bytes", now.zram_memory_bytes);
    put(json, "zswap_data_bytes", now.zswap_data_bytes);
    put(json, "zswap_memory_bytes", now.zswap_memory_bytes);
}

void put_devices(Json& json, const SystemRow& system) {
    put(json, "disk_read_bytes_per_s", system.disk_read_bytes_per_s);
    put(json, "disk_write_bytes_per_s", system.disk_write_bytes_per_s);
    const auto& disk = system.busiest_disk;
    put_name(json, "disk_busiest", disk ? std::optional(disk->name.view()) : std::nullopt);
    put_of(json, "disk_busiest_pct", disk, &BusiestDisk::busy_pct);
    put(json, "net_rx_bytes_per_s", system.net_rx_bytes_per_s);
    put(json, "net_tx_bytes_per_s", system.net_tx_bytes_per_s);
}

void put_throttling(Json& json, const SystemRow& system) {
    put(json, "core_throttles", system.core_throttles);
    put(json, "package_throttles", system.package_throttles);
    put_key(json, "throttle_reasons");
    const std::optional<std::uint8_t>& reasons = system.now.throttle_reasons;
    if (!reasons) {
        json.Null();
        return;
    }
    json.StartArray();
    for (std::size_t i = 0; i < kThrottleReasons; ++i) {
        if ((*reasons >> i & 1U) != 0) {
            put_text(json, throttle_reason_key(static_cast<ThrottleReason>(i)));
        }
    }
    json.EndArray();
}

void put_gpus(Json& json, const SystemSample& now) {
    const Gpu* busiest = busiest_gpu(now);
    put(json, "gpu_busy_pct", busiest != nullptr ? busiest->busy_pct : std::nullopt);
    put_key(json, "gpus");
    if (now.gpus.empty()) {
        json.Null();
        return;
    }
    json.StartArray();
    for (const Gpu& gpu : now.gpus) {
        json.StartObject();
        put_name(json, "name", gpu.name.view());
        put_name(json, "driver", gpu.driver);
        put_key(json, "asleep");
        json.Bool(gpu.asleep);
        put(json, "busy_pct", gpu.busy_pct);
        put(json, "mhz", gpu.mhz);
        put(json, "temperature_c", gpu.temperature_c);
        put(json, "memory_used_bytes", gpu.memory_used_bytes);
        put(json, "memory_total_bytes", gpu.memory_total_bytes);
        json.EndObject();
    }
    json.EndArray();
}

void put_power(Json& json, const SystemSample& now) {
    put(json, "package_power_w", now.package_power_w);
    put(json, "platform_power_w", now.platform_power_w);
    const Battery battery = now.battery.value_or(Battery{});
    put(json, "battery_power_w", battery.power_w);
    put(json, "battery_pct", battery.charge_pct);
    put_name(json, "battery_status",
             battery.status ? std::optional(battery_status_key(*battery.status)) : std::nullopt);
    put_name(json, "power_profile", now.power_profile ? std::optional(now.power_profile->view()) : std::nullopt);
}

}  // namespace

void put_system_row(Json& json, const SystemRow& system) {
    const SystemSample& now = system.now;
    put_cpus(json, system);
    put_stalls(json, system);
    put_memory(json, system);
    put_devices(json, system);
    put(json, "cpu_temperature_c", now.cpu_temperature_c);
    put(json, "cpu_hottest_c", now.cpu_hottest_c);
    put(json, "cpu_mhz", now.cpu_mhz);
    put(json, "cpu_max_mhz", now.cpu_max_mhz);
    put_throttling(json, system);
    put_gpus(json, now);
    put_power(json, now);
    put(json, "uptime_s", now.uptime_s);
}

}  // namespace tsa
