// SPDX-License-Identifier: MIT
// What a wait is for, by the functions on its stack: "heavyweight lock". Made by src/labels. Pure data.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tsa {

enum class StackLabelKind : std::uint8_t {
    none,   ///< no label
    lock,   ///< another thread keeps it from going on: a delay, also in `sync`, `sleep` and `idle`
    idle,   ///< it has nothing to do
    io,     ///< it waits for data to be read or written
    other,  ///< it waits for another thread, for a reason that the functions do not give
};

/// "lock": in JSON and in files of labels; of `none` empty.
inline constexpr std::array<std::string_view, 5> kStackLabelKinds{"", "lock", "idle", "io", "other"};

[[nodiscard]] constexpr std::string_view key_of(StackLabelKind kind) {
    return kStackLabelKinds[static_cast<std::size_t>(kind)];
}

struct StackLabel {
    std::string text;  ///< printable; empty: no rule knows these functions
    StackLabelKind kind = StackLabelKind::none;

    bool operator==(const StackLabel&) const = default;
};

}  // namespace tsa
