// SPDX-License-Identifier: MIT
// See text.h.
#include "tui/text.h"

#include <algorithm>
#include <cstddef>

#include "text/characters.h"

namespace tsa {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

Glyph next_glyph(std::string_view& text, bool unicode) {
    // A malformed byte becomes the replacement character.
    const Utf8Character character = utf8_character(text);
    const char32_t code = character.length == 0 ? kReplacement : character.code_point;
    text.remove_prefix(std::max<std::size_t>(character.length, 1));
    if (!unicode) {
        const bool ascii = code >= 0x20 && code < 0x7F;
        return Glyph{code == U'µ' ? U'u' : (ascii ? code : U'?'), 1};
    }
    return shows_as_itself(code) ? Glyph{code, cell_width(code)} : Glyph{kReplacement, 1};
}

int text_width(std::string_view text, bool unicode) {
    int width = 0;
    while (!text.empty()) {
        width += next_glyph(text, unicode).width;
    }
    return width;
}

std::string cut_middle(std::string_view text, int cells, bool unicode) {
    std::vector<Glyph> glyphs;
    int width = 0;
    int first_word = 0;
    for (std::string_view rest = text; !rest.empty();) {
        glyphs.push_back(next_glyph(rest, unicode));
        width += glyphs.back().width;
        first_word = first_word == 0 && glyphs.back().code == U' ' ? width : first_word;
    }
    std::string out;
    if (width <= cells || cells <= 0) {
        for (const Glyph& glyph : glyphs) {
            append_utf8(out, glyph.code);
        }
        return out;
    }
    const int before = first_word > 0 && first_word <= cells / 2 ? first_word : cells / 2;
    const int after = cells - 1 - before;
    int used = 0;
    bool marked = false;
    for (const Glyph& glyph : glyphs) {
        const bool is_start = used + glyph.width <= before;
        const bool is_end = width - used <= after;
        if (is_start || is_end) {
            append_utf8(out, glyph.code);
        } else if (!marked) {
            out += unicode ? "…" : "~";
            marked = true;
        }
        used += glyph.width;
    }
    return out;
}

std::vector<std::string> wrap_words(std::string_view text, int cells, bool unicode) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const bool fits = !lines.empty() && text_width(lines.back(), unicode) + 1 + text_width(word, unicode) <= cells;
        if (fits) {
            lines.back().append(" ").append(word);
        } else {
            lines.emplace_back(word);
        }
    }
    return lines;
}

void append_utf8(std::string& out, char32_t code) {
    const auto push = [&](char32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
    if (code < 0x80) {
        push(code);
    } else if (code < 0x800) {
        push(0xC0U | (code >> 6U));
        push(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        push(0xE0U | (code >> 12U));
        push(0x80U | ((code >> 6U) & 0x3FU));
        push(0x80U | (code & 0x3FU));
    } else {
        push(0xF0U | (code >> 18U));
        push(0x80U | ((code >> 12U) & 0x3FU));
        push(0x80U | ((code >> 6U) & 0x3FU));
        push(0x80U | (code & 0x3FU));
    }
}

void drop_last_character(std::string& text) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80) {
        text.pop_back();
    }
    if (!text.empty()) {
        text.pop_back();
    }
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end(),
                       [](char left, char right) { return lower(left) == lower(right); }) != text.end() ||
           part.empty();
}

}  // namespace tsa
