// SPDX-License-Identifier: MIT
// See sanitize.h.
#include "text/sanitize.h"

#include <cstdint>

#include "text/characters.h"

namespace tsa {

namespace {

/// Passes every byte of the printable form to `put`.
template <class Put>
void make_printable(std::string_view raw, Put put) {
    constexpr std::string_view kHex = "0123456789abcdef";
    while (!raw.empty()) {
        const Utf8Character character = utf8_character(raw);
        const std::size_t length = character.length == 0 ? 1 : character.length;
        const bool keep = character.length != 0 && shows_as_itself(character.code_point);
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
