// SPDX-License-Identifier: MIT
// Converts the bytes of one struct taskstats to model values, using a layout. Called only by decode.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "model/taskstats.h"
#include "taskstats/layout.h"

namespace tsa::taskstats {

/// Reads a number at any alignment. The caller has checked the bounds.
template <class T>
[[nodiscard]] T load(std::span<const std::byte> bytes, std::size_t offset) {
    T value{};
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

/// `bytes` are at least layout.size; `version` is that of the layout or a newer one.
[[nodiscard]] TaskStats read_fields(std::span<const std::byte> bytes, const Layout& layout, std::uint16_t version,
                                    bool group);

}  // namespace tsa::taskstats
