// SPDX-License-Identifier: MIT
// Columns that follow from others, as ps and htop show them: for screens, order and expressions. The data has what they
// are made from: start_time_ns; nice, policy and rt_priority; state.
#pragma once

#include <span>

#include "model/columns.h"

namespace tsa {

inline constexpr std::string_view kElapsedKey = "elapsed";
[[nodiscard]] std::span<const Column> derived_columns();

}  // namespace tsa
