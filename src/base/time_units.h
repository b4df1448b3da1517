// SPDX-License-Identifier: MIT
// Nanoseconds per longer unit, and in seconds.
#pragma once

#include <cstdint>

namespace tsa {

inline constexpr std::uint64_t kNsPerUs = 1'000;
inline constexpr std::uint64_t kNsPerMs = 1'000'000;
inline constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
inline constexpr std::uint64_t kNsPerMinute = 60 * kNsPerSecond;
inline constexpr std::uint64_t kNsPerHour = 60 * kNsPerMinute;
inline constexpr std::uint64_t kNsPerDay = 24 * kNsPerHour;

[[nodiscard]] constexpr double to_seconds(std::uint64_t ns) {
    return static_cast<double>(ns) / static_cast<double>(kNsPerSecond);
}
/// 0 for what is negative.
[[nodiscard]] constexpr std::uint64_t to_ns(double seconds) {
    return seconds > 0 ? static_cast<std::uint64_t>(seconds * static_cast<double>(kNsPerSecond)) : 0;
}
[[nodiscard]] constexpr double per_second(double amount, std::uint64_t interval_ns) {
    return amount * static_cast<double>(kNsPerSecond) / static_cast<double>(interval_ns);
}

}  // namespace tsa
