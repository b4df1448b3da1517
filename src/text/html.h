// SPDX-License-Identifier: MIT
// Converts text to HTML: external text is made printable and escaped, so that no name is ever markup.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace tsa {

/// Appends `text` with & < > and quotes as entities: of HTML, and of Pango's markup. It must be printable UTF-8.
void put_escaped(fmt::memory_buffer& out, std::string_view text);

/// Appends raw text (bytes of any kind) as the content of an element or of a quoted attribute.
void put_html(fmt::memory_buffer& out, std::string_view raw);
/// The same, at most `characters` of it and "…".
void put_html_cut(fmt::memory_buffer& out, std::string_view raw, std::size_t characters);

/// Appends trusted text, including markup.
template <class... Args>
void put_markup(fmt::memory_buffer& out, fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

}  // namespace tsa
