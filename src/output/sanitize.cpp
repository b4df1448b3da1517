// See sanitize.h.
#include "output/sanitize.h"

#include <cstdint>

namespace tsa {

namespace {

bool harmless(char32_t code) {
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) {
        return false;  // C0, DEL, C1
    }
    // Zero-width and direction-changing characters: a name must not look like another one.
    const bool invisible = code == 0xad || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
                           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
    return !invisible;
}

}  // namespace

Utf8Character utf8_character(std::string_view text) {
    if (text.empty()) {
        return {};
    }
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
        return {1, lead};
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) {
        return {};
    }
    char32_t code = lead & (0x7fU >> length);
    for (std::size_t at = 1; at < length; ++at) {
        if ((byte(at) & 0xc0U) != 0x80) {
            return {};
        }
        code = (code << 6U) | (byte(at) & 0x3fU);
    }
    // Overlong forms, surrogates and what lies beyond Unicode.
    constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    if (code < kSmallest[length] || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
        return {};
    }
    return {length, code};
}

namespace {

/// Gives every byte of the printable form to `put`.
template <class Put>
void make_printable(std::string_view raw, Put put) {
    constexpr std::string_view kHex = "0123456789abcdef";
    while (!raw.empty()) {
        const Utf8Character character = utf8_character(raw);
        const std::size_t length = character.length == 0 ? 1 : character.length;
        const bool keep = character.length != 0 && harmless(character.code_point);
        for (const char c : raw.substr(0, length)) {
            if (keep) {
                put(c);
                continue;
            }
            const auto byte = static_cast<unsigned char>(c);
            for (const char part : {'\\', 'x', kHex[byte >> 4U], kHex[byte & 0xfU]}) {
                put(part);
            }
        }
        raw.remove_prefix(length);
    }
}

}  // namespace

Printable::Printable(std::string_view raw) {
    make_printable(raw.substr(0, kMaxRaw), [this](char c) { buffer_[size_++] = c; });
}

std::string printable(std::string_view raw) {
    std::string out;
    make_printable(raw, [&](char c) { out += c; });
    return out;
}

}  // namespace tsa
