// SPDX-License-Identifier: MIT
// The CSS classes of the status bar: which conditions hold now, by thresholds with hysteresis, so that a noisy value
// does not make them flicker. Pure: time comes from the reports.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/report.h"
#include "waybar/numbers.h"

namespace tsa {

/// Most urgent first.
enum class WaybarClass : std::uint8_t {
    temperature_high,
    throttled,
    memory_pressure,
    swapping,
    io_stall,
    lock_wait,
    cpu_wait,
    cpu_high,
    incomplete,
};
inline constexpr std::size_t kWaybarClasses = 9;

struct WaybarClassInfo {
    std::string_view key;       ///< CSS class and name of the threshold
    double threshold;           ///< unless set otherwise
    std::string_view unit;      ///< of the threshold
    std::string_view meaning;   ///< "CPUs busy"
    double release;             ///< share of the threshold below which it ends
    std::uint64_t settling_ns;  ///< the value is averaged over about this time; 0: an event, not averaged
    std::uint64_t hold_ns;      ///< how long it stays after the value was last above the release level
};
[[nodiscard]] const std::array<WaybarClassInfo, kWaybarClasses>& waybar_class_table();
/// "90 °C", "1 event".
[[nodiscard]] std::string default_threshold(const WaybarClassInfo& one);

/// Per class; absent: switched off.
using WaybarThresholds = std::array<std::optional<double>, kWaybarClasses>;
[[nodiscard]] WaybarThresholds default_waybar_thresholds();

class WaybarClassifier {
  public:
    explicit WaybarClassifier(const WaybarThresholds& thresholds) : thresholds_(thresholds) {}

    /// Call once per sample. A value that becomes absent ends its class.
    void update(const Report& report, const WaybarNumbers& numbers);

    [[nodiscard]] bool holds(WaybarClass which) const { return conditions_[static_cast<std::size_t>(which)].lit; }
    /// Keys of all that hold, most urgent first.
    [[nodiscard]] std::span<const std::string_view> keys() const { return std::span(keys_).first(count_); }
    /// The most urgent one, or "calm".
    [[nodiscard]] std::string_view most_urgent() const { return count_ != 0 ? keys_[0] : "calm"; }

  private:
    struct Condition {
        std::optional<double> level;
        bool lit = false;
        std::uint64_t last_high_ns = 0;
    };
    std::uint64_t newly_lost(const Health& health);

    WaybarThresholds thresholds_;
    std::array<Condition, kWaybarClasses> conditions_{};
    std::array<std::string_view, kWaybarClasses> keys_{};
    std::size_t count_ = 0;
    std::optional<Health> health_before_;
    std::uint64_t updated_ns_ = 0;
};

}  // namespace tsa
