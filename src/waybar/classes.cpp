// SPDX-License-Identifier: MIT
// See classes.h. Three things keep a class stable: the value is averaged over a second whatever the interval, a class
// ends only at a level below the one at which it began, and it stays for a while after that.
#include "waybar/classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/saturating.h"
#include "base/time_units.h"

namespace tsa {

namespace {

constexpr double kMebi = 1 << 20U;

std::optional<double> value_of(WaybarClass which, const Report& report, const WaybarNumbers& numbers,
                               std::uint64_t newly_lost) {
    switch (which) {
        case WaybarClass::temperature_high:
            return numbers.temperature_c;
        case WaybarClass::throttled:
            return numbers.throttles ? std::optional(static_cast<double>(*numbers.throttles)) : std::nullopt;
        case WaybarClass::memory_pressure:
            return numbers.memory_stall_pct;
        case WaybarClass::swapping:
            return numbers.swap_bytes_per_s ? std::optional(*numbers.swap_bytes_per_s / kMebi) : std::nullopt;
        case WaybarClass::io_stall:
            return numbers.io_stall_pct;
        case WaybarClass::lock_wait:
            return numbers.threads_in[index(ThreadState::lock_wait)];
        case WaybarClass::cpu_wait:
            return numbers.wait_pct;
        case WaybarClass::cpu_high:
            return numbers.cpu_pct;
        case WaybarClass::incomplete:
            return static_cast<double>(report.health.threads_without_slot + report.health.torn_reads + newly_lost);
    }
    return std::nullopt;
}

/// One step of an average over about `settling_ns`, whatever the interval.
double settled(const std::optional<double>& level, double value, std::uint64_t passed_ns, std::uint64_t settling_ns) {
    if (!level || settling_ns == 0) {
        return value;
    }
    const double weight = 1.0 - std::exp(-static_cast<double>(passed_ns) / static_cast<double>(settling_ns));
    return *level + (value - *level) * weight;
}

}  // namespace

const std::array<WaybarClassInfo, kWaybarClasses>& waybar_class_table() {
    constexpr std::uint64_t kEvent = 0;
    static constexpr std::array<WaybarClassInfo, kWaybarClasses> kTable{{
        {"temperature-high", 90, "°C", "temperature of the CPU", 0.95, kNsPerSecond, 2 * kNsPerSecond},
        {"throttled", 1, "events", "the CPU or GPU was throttled by heat or a power limit", 0.8, kEvent,
         5 * kNsPerSecond},
        {"memory-pressure", 10, "%", "share of time in which some thread stalled for memory (PSI)", 0.8, kNsPerSecond,
         2 * kNsPerSecond},
        {"swapping", 1, "MiB/s", "swapped in and out", 0.5, kNsPerSecond, 2 * kNsPerSecond},
        {"io-stall", 30, "%", "share of time in which some thread stalled for I/O (PSI)", 0.8, kNsPerSecond,
         2 * kNsPerSecond},
        {"lock-wait", 2, "threads", "threads that wait for a lock, on average", 0.8, kNsPerSecond, 2 * kNsPerSecond},
        {"cpu-wait", 50, "%", "threads that wait for a CPU, in percent of the CPUs", 0.8, kNsPerSecond,
         2 * kNsPerSecond},
        {"cpu-high", 90, "%", "CPUs busy", 0.9, kNsPerSecond, 2 * kNsPerSecond},
        {"incomplete", 1, "events", "thread data was dropped", 0.8, kEvent, 5 * kNsPerSecond},
    }};
    return kTable;
}

std::string default_threshold(const WaybarClassInfo& one) {
    return fmt::format("{:g} {}", one.threshold, one.unit == "events" && one.threshold == 1 ? "event" : one.unit);
}

WaybarThresholds default_waybar_thresholds() {
    WaybarThresholds thresholds;
    for (std::size_t i = 0; i < kWaybarClasses; ++i) {
        thresholds[i] = waybar_class_table()[i].threshold;
    }
    return thresholds;
}

/// The growth of counters in this sample. What was dropped before the first report does not count.
std::uint64_t WaybarClassifier::newly_lost(const Health& health) {
    const Health before = health_before_.value_or(health);
    health_before_ = health;
    return saturating_sub(health.exit_records_lost, before.exit_records_lost) +
           saturating_sub(health.exits_folded, before.exits_folded) +
           saturating_sub(health.storage_failures, before.storage_failures);
}

void WaybarClassifier::update(const Report& report, const WaybarNumbers& numbers) {
    const std::uint64_t passed_ns = saturating_sub(report.now_ns, updated_ns_);
    const std::uint64_t lost = newly_lost(report.health);
    updated_ns_ = report.now_ns;
    count_ = 0;
    for (std::size_t i = 0; i < kWaybarClasses; ++i) {
        const WaybarClassInfo& about = waybar_class_table()[i];
        Condition& condition = conditions_[i];
        const auto value = value_of(static_cast<WaybarClass>(i), report, numbers, lost);
        if (!value || !thresholds_[i] || !std::isfinite(*value)) {
            condition = {};
            continue;
        }
        condition.level = settled(condition.level, *value, passed_ns, about.settling_ns);
        if (*condition.level >= *thresholds_[i] * (condition.lit ? about.release : 1.0)) {
            condition.lit = true;
            condition.last_high_ns = report.now_ns;
        } else if (saturating_sub(report.now_ns, condition.last_high_ns) >= about.hold_ns) {
            condition.lit = false;
        }
        if (condition.lit) {
            keys_[count_++] = about.key;
        }
    }
}

}  // namespace tsa
