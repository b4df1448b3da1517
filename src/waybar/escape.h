// SPDX-License-Identifier: MIT
// Values in the text of a status bar: a process name is any text, and each bar has characters that it interprets, up to
// running a command (tmux: "#(", polybar: "%{A"). Pure; for waybar/format.h.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tsa {

enum class WaybarEscape : std::uint8_t {
    strip,    ///< '#' and '%' before "{", "[" or "(" are left out: safe in every bar
    tmux,     ///< '#' is repeated
    polybar,  ///< "%{" is separated by an invisible space: polybar cannot quote it
    pango,    ///< entities of markup
};
/// Their names as settings, in that order.
[[nodiscard]] std::span<const std::string_view> waybar_escape_keys();
[[nodiscard]] std::optional<WaybarEscape> find_waybar_escape(std::string_view key);

/// Appends the value. `next`: the character that will follow it; '\0': the end of the line. It and the last character
/// of `out` may be the other half of such a pair.
void put_value(fmt::memory_buffer& out, std::string_view value, char next, WaybarEscape escape);

}  // namespace tsa
