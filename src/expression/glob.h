// SPDX-License-Identifier: MIT
// Patterns of shells over a whole text: * ? [a-z] [!a-z], and a backslash before what is meant literally. Takes time in
// proportion to the lengths of pattern and text multiplied, whatever the pattern is.
#pragma once

#include <string_view>

namespace tsa {

[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace tsa
