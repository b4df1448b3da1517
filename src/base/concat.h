// SPDX-License-Identifier: MIT
// Builds tables from parts at compile time.
#pragma once

#include <array>
#include <cstddef>

namespace tsa {

/// The elements of all arrays in order.
template <class T, std::size_t... kSizes>
[[nodiscard]] constexpr std::array<T, (kSizes + ...)> concat(const std::array<T, kSizes>&... parts) {
    std::array<T, (kSizes + ...)> all{};
    std::size_t at = 0;
    const auto add = [&](const auto& part) {
        for (const T& element : part) {
            all[at++] = element;
        }
    };
    (add(parts), ...);
    return all;
}

}  // namespace tsa
