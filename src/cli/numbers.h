// SPDX-License-Identifier: MIT
// Numbers and choices of the command line, checked, with an error that names the valid values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tsa {

/// Digits only.
[[nodiscard]] bool is_number(std::string_view text);

/// A whole number within [least, most]. `what` names it in the error: "interval".
[[nodiscard]] Result<std::uint64_t> parse_number(std::string_view text, std::string_view what, std::uint64_t least,
                                                 std::uint64_t most);
/// A thread or process ID: 1 to kMaxTid.
[[nodiscard]] Result<std::uint32_t> parse_tid(std::string_view text, std::string_view what);
/// "1,2,3": at least one.
[[nodiscard]] Result<std::vector<std::uint32_t>> parse_tids(std::string_view text, std::string_view what);

}  // namespace tsa
