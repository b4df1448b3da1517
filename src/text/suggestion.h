// SPDX-License-Identifier: MIT
// The probable correction of an unknown name: the hint of an error message. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tsa {

/// "did you mean interval? All: interval, kernel": the name that takes the fewest letters to correct; else those that
/// contain the first letters of what was typed. Without any, "one of interval, kernel".
[[nodiscard]] std::string suggestion(std::string_view typed, std::span<const std::string_view> names);

/// The one of the names that takes the fewest letters to correct; empty: each takes too many.
[[nodiscard]] std::string_view nearest_name(std::string_view typed, std::span<const std::string_view> names);

}  // namespace tsa
