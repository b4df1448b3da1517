// What a user can set of the status bar, by flags and by a configuration file: one list of keys for both. Pure: text
// in, settings or a complaint out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "waybar/assignment.h"
#include "waybar/classes.h"
#include "waybar/format.h"

namespace tsa {

/// Parts of the tooltip, in the order in which they stand there.
enum class WaybarPart : std::uint8_t { summary, states, cpu, memory, io, wait, stuck, footer };
inline constexpr std::size_t kWaybarParts = 8;
[[nodiscard]] std::string_view waybar_part_key(WaybarPart part);

struct WaybarSettings {
    std::uint32_t interval_ms = 500;
    bool kernel_threads = true;
    bool colors = true;
    bool plain = false;  ///< a line is the text alone, without markup: for bars that know no JSON
    std::size_t top = 5;
    std::uint32_t parts = (1U << kWaybarParts) - 1;  ///< bits: 1 << WaybarPart
    WaybarThresholds thresholds = default_waybar_thresholds();
    WaybarFormat format;

    WaybarSettings();
    [[nodiscard]] bool shows(WaybarPart part) const { return (parts & (1U << static_cast<unsigned>(part))) != 0; }
};

inline constexpr std::string_view kThresholdPrefix = "thresholds.";
inline constexpr std::uint32_t kMaxWaybarIntervalMs = 86'400'000;  ///< a day

/// Errors name the value and what would be right, not the key: the caller knows whether it was a flag or a line. An
/// unknown key is an error with the nearest ones.
[[nodiscard]] Result<void> apply(WaybarSettings& settings, const WaybarAssignment& assignment);
/// What can be judged only when all have been applied.
[[nodiscard]] Result<void> check(const WaybarSettings& settings);

/// The next interval when the bar is told to change it: 500, 250, 100, 2000, 1000 and again. From one outside of that
/// list it goes on with the next lower one.
[[nodiscard]] std::uint32_t next_waybar_interval_ms(std::uint32_t interval_ms);

}  // namespace tsa
