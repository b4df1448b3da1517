// SPDX-License-Identifier: MIT
// See frame.h.
#include "tui/frame.h"

#include <algorithm>
#include <cassert>

#include "text/characters.h"
#include "tui/text.h"

namespace tsa {

Frame::Frame(int width, int height, bool unicode)
    : width_(std::max(width, 0)),
      height_(std::max(height, 0)),
      unicode_(unicode),
      cells_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_)) {}

const Cell& Frame::at(int x, int y) const {
    assert(x >= 0 && x < width_ && y >= 0 && y < height_);
    return cells_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)];
}

void Frame::set(int x, int y, char32_t glyph, Role role) {
    if (x < 0 || x >= width_ || y < 0 || y >= height_) {
        return;
    }
    const auto row = static_cast<std::size_t>(y) * static_cast<std::size_t>(width_);
    Cell& cell = cells_[row + static_cast<std::size_t>(x)];
    // Overwriting half of a wide character clears the other half.
    if (cell.glyph == 0 && x > 0 && glyph != 0) {
        cells_[row + static_cast<std::size_t>(x) - 1].glyph = U' ';
    }
    if (cell.glyph != 0 && cell_width(cell.glyph) == 2 && x + 1 < width_) {
        cells_[row + static_cast<std::size_t>(x) + 1].glyph = U' ';
    }
    cell.glyph = glyph;
    cell.role = role;
}

int Frame::put(int x, int y, std::string_view text, Role role, int limit) {
    const int room = std::min(limit, width_ - x);
    if (room <= 0) {
        return x;
    }
    const int end = x + room;
    const bool cut = text_width(text, unicode_) > room;
    const int last = cut ? end - 1 : end;  // the ellipsis takes one cell
    while (!text.empty()) {
        const Glyph glyph = next_glyph(text, unicode_);
        if (glyph.width == 0) {
            continue;
        }
        if (x + glyph.width > last) {
            break;
        }
        set(x, y, glyph.code, role);
        if (glyph.width == 2) {
            set(x + 1, y, 0, role);
        }
        x += glyph.width;
    }
    if (cut) {
        set(x++, y, unicode_ ? U'…' : U'~', role);
    }
    return x;
}

void Frame::put_right(int end_x, int y, int width, std::string_view text, Role role) {
    const int needed = std::min(text_width(text, unicode_), width);
    put(end_x - needed, y, text, role, needed);
}

void Frame::fill(int x, int y, int columns, int rows, char32_t glyph, Role role) {
    const int right = std::min(x + columns, width_);
    const int bottom = std::min(y + rows, height_);
    for (int row = std::max(y, 0); row < bottom; ++row) {
        for (int column = std::max(x, 0); column < right; ++column) {
            set(column, row, glyph, role);
            cells_[static_cast<std::size_t>(row) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(column)]
                .selected = false;
        }
    }
}

void Frame::select(int x, int y, int columns) {
    if (y < 0 || y >= height_) {
        return;
    }
    for (int column = std::max(x, 0); column < std::min(x + columns, width_); ++column) {
        cells_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(column)]
            .selected = true;
    }
}

std::string Frame::line(int y) const {
    std::string out;
    for (int x = 0; x < width_; ++x) {
        if (const char32_t glyph = at(x, y).glyph; glyph != 0) {
            append_utf8(out, glyph);
        }
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
}

}  // namespace tsa
