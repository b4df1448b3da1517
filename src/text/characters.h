// SPDX-License-Identifier: MIT
// Characters as terminals treat them: UTF-8 decoding that accepts only what is valid, width in cells, and which
// characters hide or reorder text. One table for names on the screens and in every output. Pure; no locale.
#pragma once

#include <cstddef>
#include <string_view>

namespace tsa {

/// Length in bytes of the UTF-8 character at the start of `text`, and its code point; length 0: not valid.
struct Utf8Character {
    std::size_t length = 0;
    char32_t code_point = 0;
};
[[nodiscard]] Utf8Character utf8_character(std::string_view text);

/// Cells that a printable character takes: 0 (a combining mark), 1 or 2. wcwidth() would depend on the locale.
[[nodiscard]] int cell_width(char32_t code);
/// Neither a control character nor one that is invisible or reorders the text around it: a name must not look like
/// another one, nor control a terminal.
[[nodiscard]] bool shows_as_itself(char32_t code);

}  // namespace tsa
