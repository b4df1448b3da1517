// SPDX-License-Identifier: MIT
// The machine, apart from threads, at one instant: gauges, and totals since boot. Filled by src/system; rates over an
// interval are SystemRow's (system_row.h). Pure data; each value is absent if this machine does not have it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tsa {

/// One line of /proc/stat, as cumulative ns of all CPUs together.
struct CpuTimes {
    std::uint64_t user_ns = 0, nice_ns = 0, system_ns = 0, idle_ns = 0, iowait_ns = 0, irq_ns = 0, softirq_ns = 0,
                  steal_ns = 0;

    [[nodiscard]] std::uint64_t busy_ns() const {
        return user_ns + nice_ns + system_ns + irq_ns + softirq_ns + steal_ns;
    }
};

/// One online CPU, cumulative ns. Waiting for I/O counts as idle.
struct CpuBusy {
    std::uint32_t cpu = 0;
    std::uint64_t busy_ns = 0, idle_ns = 0;
};

/// One resource of /proc/pressure. Averages are percent, totals cumulative ns.
struct Pressure {
    double some_avg10 = 0, full_avg10 = 0;
    std::uint64_t some_total_ns = 0, full_total_ns = 0;
};

/// /proc/pressure/irq, which has no "some".
struct IrqPressure {
    double full_avg10 = 0;
    std::uint64_t full_total_ns = 0;
};

/// A short name without heap memory: truncated if longer.
class DeviceName {
  public:
    DeviceName() = default;
    explicit DeviceName(std::string_view name) : size_(std::min(name.size(), bytes_.size())) {
        std::copy_n(name.begin(), size_, bytes_.begin());
    }
    [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }
    bool operator==(const DeviceName&) const = default;

  private:
    std::array<char, 32> bytes_{};
    std::size_t size_ = 0;
};

/// One disk: cumulative time with at least one request in flight.
struct DiskBusy {
    DeviceName name;
    std::uint64_t busy_ns = 0;
};

/// Why the GPU, and with it the package, runs below the requested frequency. One bit each.
enum class ThrottleReason : std::uint8_t { pl1, pl2, pl4, thermal, prochot, ratl, vr_thermal, vr_tdc };
inline constexpr std::size_t kThrottleReasons = 8;
/// "pl1", "thermal" ...
[[nodiscard]] std::string_view throttle_reason_key(ThrottleReason reason);

/// A gauge may be a few seconds old: src/system reads these in turn.
struct Gpu {
    DeviceName name;            ///< "card0"; for NVIDIA the number: "nvidia0"
    std::string_view driver;    ///< "i915", "xe", "amdgpu", "nvidia": a literal
    bool asleep = false;        ///< off by runtime power management: not read, since reading would wake it
    std::optional<double> mhz;  ///< of the graphics clock
    std::optional<double> busy_pct;
    std::optional<double> temperature_c;
    std::optional<std::uint64_t> memory_used_bytes, memory_total_bytes;  ///< dedicated memory
};

enum class BatteryStatus : std::uint8_t { charging, discharging, full, not_charging };
/// "charging", "discharging", "full", "not_charging".
[[nodiscard]] std::string_view battery_status_key(BatteryStatus status);

/// All batteries that supply the machine, together.
struct Battery {
    std::optional<double> power_w;  ///< charging or discharging, never negative: `status` is the direction
    std::optional<double> charge_pct;
    std::optional<BatteryStatus> status;
};

/// The system apart from threads. Each value is absent if this machine does not have it.
struct SystemSample {
    std::uint32_t cpus = 0;  ///< online
    std::optional<CpuTimes> cpu;
    std::vector<CpuBusy> per_cpu;  ///< online CPUs in order of their number; empty: not available
    std::optional<std::array<double, 3>> load;
    std::optional<std::uint64_t> io_blocked;  ///< threads that wait for I/O, as the kernel counts them
    std::optional<Pressure> pressure_cpu, pressure_io, pressure_memory;
    std::optional<IrqPressure> pressure_irq;  ///< since Linux 6.1

    /// Available includes what the ZFS cache (ARC) releases on demand, which the kernel's MemAvailable does not.
    std::optional<std::uint64_t> memory_total_bytes, memory_available_bytes, memory_free_bytes;
    std::optional<std::uint64_t> memory_cache_bytes;  ///< buffers, page cache and reclaimable slab, as free(1) has it
    std::optional<std::uint64_t> swap_total_bytes, swap_free_bytes;
    /// Swap compressed in memory: how much it holds, and how much memory it uses. That memory counts as used.
    std::optional<std::uint64_t> zram_data_bytes, zram_memory_bytes, zswap_data_bytes, zswap_memory_bytes;
    std::optional<std::uint64_t> zfs_arc_bytes;

    /// Cumulative; disks.h and network.h define what counts as a disk and as an interface. A device that is added later
    /// counts from when it was first seen.
    std::optional<std::uint64_t> swap_in_bytes, swap_out_bytes;
    std::optional<std::uint64_t> disk_read_bytes, disk_write_bytes;
    std::optional<std::uint64_t> net_rx_bytes, net_tx_bytes;
    std::vector<DiskBusy> disks;

    std::optional<double> cpu_temperature_c;     ///< of the package; the hottest if there are several
    std::optional<double> cpu_hottest_c;         ///< of all sensors of CPUs
    std::optional<double> cpu_mhz, cpu_max_mhz;  ///< average and fastest
    /// Cumulative since this program started: how often cores, and packages, were throttled because of heat.
    std::optional<std::uint64_t> core_throttles, package_throttles;
    std::optional<std::uint8_t> throttle_reasons;  ///< bits: 1 << ThrottleReason
    std::vector<Gpu> gpus;
    std::optional<double> package_power_w;   ///< RAPL: of all CPU packages
    std::optional<double> platform_power_w;  ///< RAPL "psys": of the whole board, if wired up
    std::optional<Battery> battery;
    std::optional<DeviceName> power_profile;  ///< "low-power", "balanced", "performance" ...

    std::optional<double> uptime_s;  ///< suspended time included

    /// Resets everything to absent; keeps the vectors' memory.
    void clear();
};

}  // namespace tsa
