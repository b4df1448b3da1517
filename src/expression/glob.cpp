// SPDX-License-Identifier: MIT
// See glob.h.
#include "expression/glob.h"

#include <cstddef>
#include <optional>

namespace tsa {
namespace {

/// Bytes of the first character of `text`, which is not empty: a question mark is one character.
std::size_t character_size(std::string_view text) {
    std::size_t size = 1;
    while (size < text.size() && size < 4 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U &&
           static_cast<unsigned char>(text[0]) >= 0xC0U) {
        ++size;
    }
    return size;
}

/// Whether `[...]` at the beginning of `pattern` has the character; its size there in `size`. Absent: it is not closed,
/// and so means a bracket.
std::optional<bool> in_brackets(std::string_view pattern, std::string_view character, std::size_t& size) {
    std::size_t at = 1;
    const bool inverted = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
    at += inverted ? 1 : 0;
    bool found = false;
    for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
        const std::size_t low_size = character_size(pattern.substr(at));
        const std::string_view low = pattern.substr(at, low_size);
        std::string_view high = low;
        at += low_size;
        if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
            const std::size_t high_size = character_size(pattern.substr(at + 1));
            high = pattern.substr(at + 1, high_size);
            at += 1 + high_size;
        }
        // The order of UTF-8 is that of the characters.
        found = found || (character >= low && character <= high);
    }
    if (at >= pattern.size()) {
        return std::nullopt;
    }
    size = at + 1;
    return found != inverted;
}

/// Whether the first element of `pattern`, which is not a star, is the character; its size there in `size`.
bool matches_one(std::string_view pattern, std::string_view character, std::size_t& size) {
    size = 1;
    if (pattern[0] == '?') {
        return true;
    }
    if (pattern[0] == '[') {
        if (const auto found = in_brackets(pattern, character, size)) {
            return *found;
        }
    }
    const std::size_t skipped = pattern[0] == '\\' && pattern.size() > 1 ? 1 : 0;
    const std::size_t length = character_size(pattern.substr(skipped));
    size = skipped + length;
    return pattern.substr(skipped, length) == character;
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view text) {
    // Only the last star needs to be tried with more text: an earlier one has found the first place for what follows
    // it.
    std::size_t p = 0, t = 0;
    std::optional<std::size_t> after_star;
    std::size_t star_text = 0;
    while (t < text.size()) {
        const std::string_view character = text.substr(t, character_size(text.substr(t)));
        std::size_t size = 0;
        if (p < pattern.size() && pattern[p] == '*') {
            after_star = ++p;
            star_text = t;
        } else if (p < pattern.size() && matches_one(pattern.substr(p), character, size)) {
            p += size;
            t += character.size();
        } else if (after_star) {
            p = *after_star;
            star_text += character_size(text.substr(star_text));
            t = star_text;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace tsa
