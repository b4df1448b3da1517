// SPDX-License-Identifier: MIT
// See escape.h.
#include "waybar/escape.h"

#include <algorithm>
#include <array>

#include "text/cells.h"
#include "text/html.h"

namespace tsa {

namespace {

constexpr std::array<std::string_view, 4> kKeys{"strip", "tmux", "polybar", "pango"};
constexpr std::string_view kZeroWidthSpace = "\u200b";

bool introduces(char c) {
    return c == '#' || c == '%';
}

bool opens(char c) {
    return c == '{' || c == '[' || c == '(';
}

char last_of(const fmt::memory_buffer& out) {
    return out.size() == 0 ? '\0' : out.data()[out.size() - 1];
}

/// `rest` begins with an introducer; whether what follows a run of them is an opening bracket.
bool leads_to_bracket(std::string_view rest, char next) {
    const std::size_t end = rest.find_first_not_of("#%");
    return opens(end == std::string_view::npos ? next : rest[end]);
}

void put_stripped(fmt::memory_buffer& out, std::string_view value, char next) {
    for (std::size_t at = 0; at < value.size(); ++at) {
        const char c = value[at];
        const bool bad =
            introduces(c) ? leads_to_bracket(value.substr(at), next) : opens(c) && introduces(last_of(out));
        if (!bad) {
            out.push_back(c);
        }
    }
}

/// tmux halves a run of '#' when it expands formats, except before '[', and again when it draws. A pair of which only
/// one half is the value's cannot be quoted: the bracket is left out.
void put_for_tmux(fmt::memory_buffer& out, std::string_view value, char next) {
    if (!value.empty() && opens(value.front()) && last_of(out) == '#') {
        value.remove_prefix(1);
    }
    for (std::size_t at = 0; at < value.size(); ++at) {
        const std::size_t run_end = std::min(value.find_first_not_of('#', at), value.size());
        const char after = run_end < value.size() ? value[run_end] : next;
        const std::size_t copies = value[at] != '#' ? 1 : after == '[' ? 2 : 4;
        for (std::size_t copy = 0; copy < copies; ++copy) {
            out.push_back(value[at]);
        }
    }
}

void put_for_polybar(fmt::memory_buffer& out, std::string_view value, char next) {
    for (const char c : value) {
        if (c == '{' && last_of(out) == '%') {
            put(out, kZeroWidthSpace);
        }
        out.push_back(c);
    }
    if (next == '{' && last_of(out) == '%') {
        put(out, kZeroWidthSpace);
    }
}

}  // namespace

std::span<const std::string_view> waybar_escape_keys() {
    return kKeys;
}

std::optional<WaybarEscape> find_waybar_escape(std::string_view key) {
    const auto* const found = std::ranges::find(kKeys, key);
    return found != kKeys.end() ? std::optional(static_cast<WaybarEscape>(found - kKeys.begin())) : std::nullopt;
}

void put_value(fmt::memory_buffer& out, std::string_view value, char next, WaybarEscape escape) {
    switch (escape) {
        case WaybarEscape::strip:
            return put_stripped(out, value, next);
        case WaybarEscape::tmux:
            return put_for_tmux(out, value, next);
        case WaybarEscape::polybar:
            return put_for_polybar(out, value, next);
        case WaybarEscape::pango:
            return put_escaped(out, value);
    }
}

}  // namespace tsa
