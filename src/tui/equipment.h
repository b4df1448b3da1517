// SPDX-License-Identifier: MIT
// What a machine has proved to have: a value that it never reported takes no place in the header, one that is missing
// for a moment keeps its place, so that nothing jumps. Pure; part of the ViewState.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/report.h"
#include "model/system_columns.h"

namespace tsa {

struct Equipment {
    /// Columns of system_columns() that ever had a value, by their place; some need more than 0 (needs_some).
    std::bitset<kMaxSystemColumns> columns;
    bool gpu_mhz = false, gpu_temperature = false, gpu_memory = false;  ///< of any GPU
    std::size_t gpus = 0;                                               ///< most at one time
    std::size_t cpus = 0;                                               ///< largest number of a CPU, and one
    /// CLOCK_MONOTONIC of the last interval in which heat or a limit of power slowed the CPUs down.
    std::optional<std::uint64_t> throttled_at_ns;

    /// By the column's key.
    [[nodiscard]] bool has(std::string_view key) const;
    template <class... Keys>
    [[nodiscard]] bool has_any(Keys... keys) const {
        return (has(keys) || ...);
    }
    [[nodiscard]] bool has_pressure() const {
        return has_any("psi_cpu_some_pct", "psi_memory_some_pct", "psi_io_some_pct");
    }
    [[nodiscard]] bool has_battery() const { return has_any("battery_pct", "battery_power_w", "battery_status"); }
    bool operator==(const Equipment&) const = default;
};

/// What is known of the machine after one more report.
[[nodiscard]] Equipment with_report(Equipment known, const Report& report);

/// How long it is said after an interval in which it happened: the counters are read every few seconds only.
inline constexpr std::uint64_t kThrottledForNs = 10'000'000'000;
[[nodiscard]] bool is_throttled(const Equipment& known, const Report& report);

}  // namespace tsa
