// SPDX-License-Identifier: MIT
// Pango markup in a grid of cells: text that is escaped, colored, and aligned for a fixed-width font. For the tooltip
// and the text of the status bar.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "model/state.h"
#include "text/characters.h"
#include "text/html.h"
#include "text/units.h"

namespace tsa {

/// "#5faf5f": the color of a state, the same as on the screens.
[[nodiscard]] std::string_view state_color(ThreadState state);

/// What is wrong with a user's markup; empty: Pango will accept it. A status bar shows nothing at all if the markup
/// cannot be parsed.
[[nodiscard]] std::string markup_error(std::string_view markup);

/// A short formatted text by value, without an allocation; truncated between two characters if it does not fit.
template <class... Args>
[[nodiscard]] ShortText short_words(fmt::format_string<Args...> format, Args&&... args) {
    ShortText text;
    const auto result = fmt::format_to_n(text.data.data(), text.data.size(), format, std::forward<Args>(args)...);
    const std::string_view written(text.data.data(), std::min(result.size, text.data.size()));
    while (const std::size_t length = utf8_character(written.substr(text.size)).length) {
        text.size = static_cast<std::uint8_t>(text.size + length);
    }
    return text;
}

/// Writes lines of cells. Owns no memory.
class WaybarSheet {
  public:
    WaybarSheet(fmt::memory_buffer& out, bool colors) : out_(out), colors_(colors) {}

    /// Appends text, escaped and counted.
    void put(std::string_view text);
    void put(std::string_view text, ThreadState color);
    void put_dim(std::string_view text);
    void put_strong(std::string_view text);
    /// Truncated to `cells` and padded, on the right or on the left.
    void put_left(std::string_view text, std::size_t cells);
    void put_right(std::string_view text, std::size_t cells);
    /// Spaces up to that column; one if it is already passed.
    void go_to(std::size_t column);
    void end_line();
    [[nodiscard]] std::size_t column() const { return column_; }

  private:
    void put_span(std::string_view open, std::string_view text);

    fmt::memory_buffer& out_;
    bool colors_;
    std::size_t column_ = 0;
};

}  // namespace tsa
