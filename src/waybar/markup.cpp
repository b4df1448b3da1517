// SPDX-License-Identifier: MIT
// See markup.h.
#include "waybar/markup.h"

#include <algorithm>
#include <array>
#include <vector>

#include "text/cells.h"
#include "text/characters.h"

namespace tsa {

namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// Removes an entity's text from `rest`, which starts after its &; false: not an entity.
bool take_entity(std::string_view& rest) {
    constexpr std::array<std::string_view, 5> kNames{"amp;", "lt;", "gt;", "quot;", "apos;"};
    for (const std::string_view name : kNames) {
        if (rest.starts_with(name)) {
            rest.remove_prefix(name.size());
            return true;
        }
    }
    const bool hex = rest.starts_with("#x");
    if (!rest.starts_with('#')) {
        return false;
    }
    const std::string_view digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
    const std::size_t begin = hex ? 2 : 1;
    const std::size_t end = rest.find_first_not_of(digits, begin);
    if (end == begin || end == std::string_view::npos || rest[end] != ';') {
        return false;
    }
    rest.remove_prefix(end + 1);
    return true;
}

/// Removes ` name='value' ...` from a tag's inside; false: not of that form.
bool take_attributes(std::string_view& inside) {
    while (true) {
        const std::size_t begin = inside.find_first_not_of(' ');
        if (begin == std::string_view::npos || inside[begin] == '/') {
            inside.remove_prefix(std::min(begin, inside.size()));
            return true;
        }
        std::size_t end = begin;
        while (end < inside.size() && is_name_character(inside[end])) {
            ++end;
        }
        if (begin == 0 || end == begin || end + 1 >= inside.size() || inside[end] != '=') {
            return false;
        }
        const char quote = inside[end + 1];
        const std::size_t close = inside.find(quote, end + 2);
        if ((quote != '\'' && quote != '"') || close == std::string_view::npos) {
            return false;
        }
        inside.remove_prefix(close + 1);
    }
}

/// The end of a tag that begins at '<': the '>' outside of quotes.
std::size_t tag_end(std::string_view rest) {
    char quote = 0;
    for (std::size_t at = 1; at < rest.size(); ++at) {
        if (quote != 0) {
            quote = rest[at] == quote ? '\0' : quote;
        } else if (rest[at] == '\'' || rest[at] == '"') {
            quote = rest[at];
        } else if (rest[at] == '>') {
            return at;
        }
    }
    return std::string_view::npos;
}

/// Removes one tag, '<' to '>', from `rest`. Empty: valid.
std::string take_tag(std::string_view& rest, std::vector<std::string_view>& open) {
    constexpr std::array<std::string_view, 10> kTags{"b", "big", "i", "s", "span", "sub", "sup", "small", "tt", "u"};
    const std::size_t end = tag_end(rest);
    if (end == std::string_view::npos) {
        return "a '<' without its '>': write &lt; for the character";
    }
    std::string_view inside = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    const bool closes = inside.starts_with('/');
    inside.remove_prefix(closes ? 1 : 0);
    std::size_t length = 0;
    while (length < inside.size() && is_name_character(inside[length])) {
        ++length;
    }
    const std::string_view name = inside.substr(0, length);
    inside.remove_prefix(length);
    if (std::ranges::find(kTags, name) == kTags.end()) {
        return fmt::format("<{}> is not a Pango tag: span, b, i, u, s, small, big, sub, sup or tt", name);
    }
    if (closes) {
        if (open.empty() || open.back() != name) {
            return fmt::format("</{}> closes nothing", name);
        }
        open.pop_back();
    } else if (!take_attributes(inside)) {
        return fmt::format("the attributes of <{}> are not of the form name='value'", name);
    } else if (inside != "/") {
        open.push_back(name);
    }
    return {};
}

}  // namespace

std::string_view state_color(ThreadState state) {
    return info(state).markup_color;
}

std::string markup_error(std::string_view markup) {
    std::vector<std::string_view> open;
    while (!markup.empty()) {
        if (markup.front() == '<') {
            if (std::string error = take_tag(markup, open); !error.empty()) {
                return error;
            }
            continue;
        }
        const bool entity = markup.front() == '&';
        const std::size_t length = utf8_character(markup).length;
        if (length == 0) {
            return "it is not valid UTF-8";
        }
        markup.remove_prefix(length);
        if (entity && !take_entity(markup)) {
            return "a '&' that does not start an entity: write &amp; for the character";
        }
    }
    return open.empty() ? std::string{} : fmt::format("<{}> is not closed", open.back());
}

void WaybarSheet::put(std::string_view text) {
    put_escaped(out_, text);
    column_ += cells_of(text);
}

void WaybarSheet::put_span(std::string_view open, std::string_view text) {
    if (!colors_ || text.empty()) {
        put(text);
        return;
    }
    tsa::put(out_, open);
    put(text);
    tsa::put(out_, "</span>");
}

void WaybarSheet::put(std::string_view text, ThreadState color) {
    if (!colors_ || text.empty()) {
        put(text);
        return;
    }
    tsa::put(out_, "<span color='");
    tsa::put(out_, state_color(color));
    put_span("'>", text);
}

void WaybarSheet::put_dim(std::string_view text) {
    put_span("<span alpha='60%'>", text);  // works on any background
}

void WaybarSheet::put_strong(std::string_view text) {
    put_span("<span weight='bold'>", text);
}

void WaybarSheet::put_left(std::string_view text, std::size_t cells) {
    const std::size_t end = column_ + cells;
    put(cut_to_cells(text, cells));
    while (column_ < end) {
        put(" ");
    }
}

void WaybarSheet::put_right(std::string_view text, std::size_t cells) {
    text = cut_to_cells(text, cells);
    const std::size_t begin = column_ + cells - cells_of(text);
    while (column_ < begin) {
        put(" ");
    }
    put(text);
}

void WaybarSheet::go_to(std::size_t column) {
    if (column_ > column) {
        put(" ");
    }
    while (column_ < column) {
        put(" ");
    }
}

void WaybarSheet::end_line() {
    out_.push_back('\n');
    column_ = 0;
}

}  // namespace tsa
