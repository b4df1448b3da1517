// SPDX-License-Identifier: MIT
// The settings of the status bar, from flags and from a configuration file: one list of keys for both. Pure: text in,
// settings or an error out.
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

/// Parts of the tooltip, in their order.
enum class WaybarPart : std::uint8_t { summary, states, cpu, memory, io, network, gpu, wait, stuck, footer };
inline constexpr std::size_t kWaybarParts = 10;
constexpr std::uint32_t bit_of(WaybarPart part) {
    return 1U << static_cast<unsigned>(part);
}
/// All but those that need more than what is read anyway.
inline constexpr std::uint32_t kUsualWaybarParts =
    ((1U << kWaybarParts) - 1) & ~(bit_of(WaybarPart::network) | bit_of(WaybarPart::gpu));
[[nodiscard]] std::string_view waybar_part_key(WaybarPart part);

struct WaybarSettings {
    std::uint32_t interval_ms = 500;
    bool kernel_threads = true;
    bool colors = true;
    bool plain = false;  ///< a line is only the text, without markup: for bars without JSON support
    WaybarEscape escape = WaybarEscape::strip;  ///< of plain text; JSON is always for Pango
    std::size_t top = 5;
    std::uint32_t parts = kUsualWaybarParts;  ///< bits: bit_of(WaybarPart)
    WaybarThresholds thresholds = default_waybar_thresholds();
    WaybarFormat format;

    WaybarSettings();
    [[nodiscard]] bool shows(WaybarPart part) const { return (parts & bit_of(part)) != 0; }
    /// Whether anything shows what processes send and receive, or use of GPUs.
    [[nodiscard]] bool needs_network() const { return shows(WaybarPart::network) || format.has(kTopNetwork); }
    [[nodiscard]] bool needs_gpus() const { return shows(WaybarPart::gpu) || format.has(kTopGpu); }
};

inline constexpr std::string_view kThresholdPrefix = "thresholds.";
inline constexpr std::uint32_t kMaxWaybarIntervalMs = 86'400'000;  ///< a day

/// Errors name the value and the valid values, not the key: the caller knows whether it was a flag or a line. An
/// unknown key is an error that suggests the nearest ones.
[[nodiscard]] Result<void> apply(WaybarSettings& settings, const WaybarAssignment& assignment);
/// Checks that need all settings applied.
[[nodiscard]] Result<void> check(const WaybarSettings& settings);

/// The next interval when the user changes it: 500, 250, 100, 2000, 1000, then 500 again. From a value outside that
/// list, the next lower one.
[[nodiscard]] std::uint32_t next_waybar_interval_ms(std::uint32_t interval_ms);

}  // namespace tsa
