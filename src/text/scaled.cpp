// SPDX-License-Identifier: MIT
// See scaled.h.
#include "text/scaled.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tsa {

ShortText scaled_text(double value) {
    constexpr double kLargestWhole = 99'999.5, kThousand = 1000, kRoundsToThousand = 999.5, kOneDecimal = 9.95;
    constexpr std::array kSuffixes{'k', 'M', 'G', 'T', 'P', 'E'};
    ShortText text;
    const auto write = [&text]<class... Args>(fmt::format_string<Args...> format, Args&&... args) {
        const auto end = fmt::format_to_n(text.data.data(), text.data.size(), format, std::forward<Args>(args)...);
        text.size = static_cast<std::uint8_t>(std::min(end.size, text.data.size()));
    };
    if (value < kLargestWhole) {
        write("{:.0f}", value);
        return text;
    }
    std::size_t at = 0;
    for (value /= kThousand; value >= kRoundsToThousand && at + 1 < kSuffixes.size(); ++at) {
        value /= kThousand;
    }
    write("{:.{}f}{}", value, value < kOneDecimal ? 1 : 0, kSuffixes[at]);
    return text;
}

}  // namespace tsa
