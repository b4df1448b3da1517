// SPDX-License-Identifier: MIT
// Text for outputs whose locale is not UTF-8: each of our characters as the ASCII one that resembles it. Cell for cell,
// so that columns stay aligned. Pure, but for output_is_utf8().
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace tsa {

/// Appends the text in ASCII; a character without a resemblance is '?' in each of its cells.
void put_ascii(fmt::memory_buffer& out, std::string_view text);
[[nodiscard]] std::string ascii_text(std::string_view text);

/// Whether the process's locale, as main() has set it, is one of UTF-8.
[[nodiscard]] bool output_is_utf8();
/// For a terminal or file of this process's locale: the text, or its ASCII form.
[[nodiscard]] std::string for_locale(std::string text);

}  // namespace tsa
