// See cells.h.
#include "output/cells.h"

#include <algorithm>
#include <array>

#include "output/sanitize.h"

namespace tsa {

namespace {

struct Range {
    char32_t first, last;
};

/// East Asian wide and emoji blocks: two cells. wcwidth() would depend on the locale.
constexpr std::array<Range, 12> kWide{{{0x1100, 0x115f},
                                       {0x2e80, 0x303e},
                                       {0x3041, 0xa4cf},
                                       {0xa960, 0xa97c},
                                       {0xac00, 0xd7a3},
                                       {0xf900, 0xfaff},
                                       {0xfe30, 0xfe6f},
                                       {0xff00, 0xff60},
                                       {0xffe0, 0xffe6},
                                       {0x1f300, 0x1f64f},
                                       {0x1f900, 0x1f9ff},
                                       {0x20000, 0x3fffd}}};
/// Marks that combine with the character before: no cell of their own.
constexpr std::array<Range, 4> kCombining{{{0x300, 0x36f}, {0x1ab0, 0x1aff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}}};

template <std::size_t kCount>
bool within(const std::array<Range, kCount>& ranges, char32_t code) {
    return std::ranges::any_of(ranges, [&](Range range) { return code >= range.first && code <= range.last; });
}

std::size_t cells_of_character(char32_t code) {
    if (code < 0x300) {
        return 1;
    }
    return within(kCombining, code) ? 0 : within(kWide, code) ? 2 : 1;
}

struct Fit {
    std::size_t bytes = 0;
    std::size_t cells = 0;
};

Fit fit(std::string_view text, std::size_t limit) {
    Fit used;
    while (used.bytes < text.size()) {
        const Utf8Character character = utf8_character(text.substr(used.bytes));
        const std::size_t cells = character.length == 0 ? 1 : cells_of_character(character.code_point);
        if (used.cells + cells > limit) {
            break;
        }
        used.cells += cells;
        used.bytes += std::max<std::size_t>(character.length, 1);
    }
    return used;
}

void put_blanks(fmt::memory_buffer& out, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        out.push_back(' ');
    }
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
