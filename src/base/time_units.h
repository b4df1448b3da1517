// Nanoseconds per longer unit.
#pragma once

#include <cstdint>

namespace tsa {

inline constexpr std::uint64_t kNsPerUs = 1'000;
inline constexpr std::uint64_t kNsPerMs = 1'000'000;
inline constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

}  // namespace tsa
