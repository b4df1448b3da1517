// SPDX-License-Identifier: MIT
// See scrolling.h.
#include "tui/scrolling.h"

namespace tsa {

std::size_t moved(std::size_t at, std::size_t last, std::size_t page, CursorMove move) {
    const std::size_t whole = std::max<std::size_t>(page, 1);
    const std::size_t half = std::max<std::size_t>(page / 2, 1);
    const std::size_t from = std::min(at, last);
    const auto back = [from](std::size_t lines) { return from - std::min(from, lines); };
    const auto on = [from, last](std::size_t lines) { return std::min(from + lines, last); };
    switch (move) {
        case CursorMove::up:
            return back(1);
        case CursorMove::down:
            return on(1);
        case CursorMove::page_up:
            return back(whole);
        case CursorMove::page_down:
            return on(whole);
        case CursorMove::half_up:
            return back(half);
        case CursorMove::half_down:
            return on(half);
        case CursorMove::first:
            return 0;
        case CursorMove::last:
            return last;
    }
    return from;
}

}  // namespace tsa
