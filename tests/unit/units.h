// SPDX-License-Identifier: MIT
// Units of time.
#pragma once

#include <cstdint>

namespace tsa::testing {

inline constexpr std::uint64_t kMs = 1'000'000;

}  // namespace tsa::testing
