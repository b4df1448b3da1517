// SPDX-License-Identifier: MIT
// See html.h.
#include "text/html.h"

#include <algorithm>
#include <string>

#include "text/cells.h"
#include "text/characters.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

std::string_view escape_of(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        default:
            return {};
    }
}

}  // namespace

void put_escaped(fmt::memory_buffer& out, std::string_view text) {
    for (const char c : text) {
        const std::string_view escape = escape_of(c);
        escape.empty() ? out.push_back(c) : put(out, escape);
    }
}

void put_html(fmt::memory_buffer& out, std::string_view raw) {
    put_escaped(out, printable(raw));
}

void put_html_cut(fmt::memory_buffer& out, std::string_view raw, std::size_t characters) {
    const std::string text = printable(raw);
    std::size_t end = 0;
    for (std::size_t count = 0; count < characters && end < text.size(); ++count) {
        end += std::max<std::size_t>(utf8_character(std::string_view(text).substr(end)).length, 1);
    }
    put_escaped(out, std::string_view(text).substr(0, end));
    put(out, end < text.size() ? "…" : "");
}

}  // namespace tsa
