// The bytes of one struct taskstats as values of the model, by a layout. Called by decode.cpp only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "model/taskstats.h"
#include "taskstats/layout.h"

namespace tsa::taskstats {

/// A number that may stand at any address. The caller has checked that it is inside.
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
