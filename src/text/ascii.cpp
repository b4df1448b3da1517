// SPDX-License-Identifier: MIT
// See ascii.h.
#include "text/ascii.h"

#include <langinfo.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "model/part.h"
#include "model/state.h"
#include "text/characters.h"

namespace tsa {

namespace {

struct Resemblance {
    std::string_view character, ascii;
};
constexpr Resemblance kResemblances[] = {
    {"·", "."}, {"µ", "u"}, {"μ", "u"}, {"≥", ">"}, {"≤", "<"}, {"←", "<"}, {"→", ">"}, {"…", "~"},      {"×", "x"},
    {"–", "-"}, {"—", "-"}, {"−", "-"}, {"─", "-"}, {"│", "|"}, {"┤", "|"}, {"├", "|"}, {"└", "`"},      {"▕", "["},
    {"▏", "]"}, {"▁", "_"}, {"▂", "_"}, {"▃", "."}, {"▄", "."}, {"▅", "o"}, {"▆", "o"}, {"▇", "O"},      {"°", "'"},
    {"•", "*"}, {"▲", "^"}, {"▼", "v"}, {"▾", "v"}, {"▸", ">"}, {"†", "+"}, {"Δ", "D"}, {"\u2007", " "},
};

/// Empty: nothing resembles it. Glyphs of states and of their parts have their own.
std::string_view resembling(std::string_view character) {
    for (const StateInfo& state : state_table()) {
        if (state.glyph == character) {
            return state.ascii_glyph;
        }
    }
    for (const PartInfo& part : kParts) {
        if (part.glyph == character) {
            return part.ascii_glyph;
        }
    }
    const auto* const found = std::ranges::find(kResemblances, character, &Resemblance::character);
    return found != std::end(kResemblances) ? found->ascii : std::string_view{};
}

void append(fmt::memory_buffer& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
}

}  // namespace

void put_ascii(fmt::memory_buffer& out, std::string_view text) {
    while (!text.empty()) {
        if (static_cast<unsigned char>(text.front()) < 0x80) {
            out.push_back(text.front());
            text.remove_prefix(1);
            continue;
        }
        const Utf8Character character = utf8_character(text);
        const std::string_view bytes = text.substr(0, std::max<std::size_t>(character.length, 1));
        text.remove_prefix(bytes.size());
        if (const std::string_view ascii = resembling(bytes); !ascii.empty()) {
            append(out, ascii);
        } else {
            const int cells = character.length == 0 ? 1 : cell_width(character.code_point);
            append(out, std::string_view("??").substr(0, static_cast<std::size_t>(cells)));
        }
    }
}

std::string ascii_text(std::string_view text) {
    fmt::memory_buffer out;
    put_ascii(out, text);
    return fmt::to_string(out);
}

bool output_is_utf8() {
    return std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0;
}

std::string for_locale(std::string text) {
    return output_is_utf8() ? std::move(text) : ascii_text(text);
}

}  // namespace tsa
