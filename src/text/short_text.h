// SPDX-License-Identifier: MIT
// Formats into a ShortText: a few characters, truncated, without an allocation.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "text/units.h"

namespace tsa {

/// For ASCII: a longer character could be cut in the middle.
template <class... Args>
[[nodiscard]] ShortText short_text(fmt::format_string<Args...> format, Args&&... args) {
    ShortText text;
    const auto result = fmt::format_to_n(text.data.data(), text.data.size(), format, std::forward<Args>(args)...);
    text.size = static_cast<std::uint8_t>(std::min(result.size, text.data.size()));
    return text;
}

}  // namespace tsa
