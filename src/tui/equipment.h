// What a machine has shown to have: a value that it never told takes no place in the header, one that is missing for a
// moment keeps its place, so that nothing jumps. Pure; part of the ViewState.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "model/report.h"

namespace tsa {

/// Values of a SystemRow that a machine has or has not.
enum class Part : std::uint8_t {
    cpu_shares,
    load,
    frequency,
    fastest_cpu,
    temperature,
    hottest_cpu,
    cache,
    swap,
    zram,
    zswap,
    arc,
    disk_rates,
    busiest_disk,
    network,
    stall_cpu,
    stall_memory,
    stall_io,
    gpu_busy,
    gpu_mhz,
    gpu_temperature,
    gpu_memory,
    package_power,
    platform_power,
    battery,
    power_profile,
};

struct Equipment {
    std::uint32_t parts = 0;  ///< a bit per Part
    std::size_t gpus = 0;     ///< most at one time
    std::size_t cpus = 0;     ///< largest number of a CPU, and one
    /// CLOCK_MONOTONIC of the last interval in which heat or a limit of power slowed the CPUs down.
    std::optional<std::uint64_t> throttled_at_ns;

    [[nodiscard]] bool has(Part part) const { return (parts >> static_cast<unsigned>(part) & 1U) != 0; }
    bool operator==(const Equipment&) const = default;
};

/// What is known of the machine after one more report.
[[nodiscard]] Equipment with_report(Equipment known, const Report& report);

/// How long it is said after an interval in which it happened: the counters are read every few seconds only.
inline constexpr std::uint64_t kThrottledForNs = 10'000'000'000;
[[nodiscard]] bool is_throttled(const Equipment& known, const Report& report);

}  // namespace tsa
