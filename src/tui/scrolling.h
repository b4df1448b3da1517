// SPDX-License-Identifier: MIT
// Moving in pages that are longer than the screen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tsa {

enum class CursorMove : std::uint8_t { up, down, page_up, page_down, half_up, half_down, first, last };

/// The line that a move leads to from `at`: of 0 to `last`. `page`: lines on the screen.
[[nodiscard]] std::size_t moved(std::size_t at, std::size_t last, std::size_t page, CursorMove move);

/// Which lines are on the screen, of a page without a cursor.
struct Scrolling {
    std::size_t first = 0;  ///< the line on top; top() where there are fewer lines now
    std::size_t lines = 0;  ///< of the page; set with each frame
    std::size_t rows = 0;   ///< of them that fit; set with each frame

    [[nodiscard]] std::size_t hidden() const { return lines - std::min(rows, lines); }
    [[nodiscard]] std::size_t top() const { return std::min(first, hidden()); }
    void move(CursorMove move) { first = moved(first, hidden(), rows, move); }
};

}  // namespace tsa
