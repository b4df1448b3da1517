// SPDX-License-Identifier: MIT
// How many groups of threads have series, for the command line and its help.
#pragma once

#include <cstddef>

namespace tsa {

inline constexpr std::size_t kDefaultMetricGroups = 200;
inline constexpr std::size_t kMaxMetricGroups = 10'000;

}  // namespace tsa
