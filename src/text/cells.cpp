// SPDX-License-Identifier: MIT
// See cells.h.
#include "text/cells.h"

#include <algorithm>

#include "text/characters.h"

namespace tsa {

namespace {

struct Fit {
    std::size_t bytes = 0;
    std::size_t cells = 0;
};

Fit fit(std::string_view text, std::size_t limit) {
    Fit used;
    while (used.bytes < text.size()) {
        // Nearly all text is ASCII, where a byte, a character and a cell are the same.
        if (static_cast<unsigned char>(text[used.bytes]) < 0x80) {
            if (used.cells == limit) {
                break;
            }
            ++used.cells;
            ++used.bytes;
            continue;
        }
        const Utf8Character character = utf8_character(text.substr(used.bytes));
        const std::size_t cells =
            character.length == 0 ? 1 : static_cast<std::size_t>(cell_width(character.code_point));
        if (used.cells + cells > limit) {
            break;
        }
        used.cells += cells;
        used.bytes += std::max<std::size_t>(character.length, 1);
    }
    return used;
}

void put_blanks(fmt::memory_buffer& out, std::size_t count) {
    const std::size_t size = out.size();
    out.resize(size + count);
    std::fill_n(out.data() + size, count, ' ');
}

}  // namespace

std::size_t cells_of(std::string_view text) {
    return fit(text, text.size() * 2).cells;
}

std::string_view cut_to_cells(std::string_view text, std::size_t cells) {
    return text.substr(0, fit(text, cells).bytes);
}

void put(fmt::memory_buffer& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
}

void put_left(fmt::memory_buffer& out, std::string_view text, std::size_t cells) {
    const Fit used = fit(text, cells);
    put(out, text.substr(0, used.bytes));
    put_blanks(out, cells - used.cells);
}

void put_right(fmt::memory_buffer& out, std::string_view text, std::size_t cells) {
    const Fit used = fit(text, cells);
    put_blanks(out, cells - used.cells);
    put(out, text.substr(0, used.bytes));
}

}  // namespace tsa
