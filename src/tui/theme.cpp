// SPDX-License-Identifier: MIT
// See theme.h. Latency states are warm, exec is green, idle is dim: in every theme.
#include "tui/theme.h"

#include <algorithm>

namespace tsa {
namespace {

constexpr Look plain() {
    return {};
}
constexpr Look color(std::int16_t of_256, std::int16_t of_8, bool bold = false) {
    return {of_256, of_8, -1, -1, bold, false, false};
}
constexpr Look on(std::int16_t of_256, std::int16_t of_8, std::int16_t back_256, std::int16_t back_8) {
    return {of_256, of_8, back_256, back_8, false, false, false};
}
constexpr Look dimmed(std::int16_t of_256) {
    return {of_256, -1, -1, -1, false, true, false};
}
constexpr Look bold() {
    return {-1, -1, -1, -1, true, false, false};
}
constexpr Look reverse(bool strong = false) {
    return {-1, -1, -1, -1, strong, false, true};
}

/// The styles of roles that are not states, then those of the states.
constexpr std::array<Look, kRoles> with_states(const std::array<Look, kPlainRoles>& plain_roles,
                                               StateLook StateInfo::*of_theme) {
    std::array<Look, kRoles> looks{};
    std::copy(plain_roles.begin(), plain_roles.end(), looks.begin());
    for (const StateInfo& state : state_table()) {
        const StateLook& look = state.*of_theme;
        looks[kPlainRoles + index(state.state)] = {look.color_256, look.color_8, -1, -1, look.bold, look.dim, false};
    }
    return looks;
}

constexpr Theme kDark{
    "dark",
    "for dark terminals",
    with_states(
        {plain(), dimmed(245), bold(), on(16, 0, 71, 2), on(16, 0, 80, 6), bold(), color(228, 3, true), color(71, 2),
         color(214, 3, true), color(203, 1, true), plain(), on(16, 0, 80, 6), color(80, 6), color(228, 3)},
        &StateInfo::dark),
    on(231, 7, 24, 4),
};

constexpr Theme kLight{
    "light",
    "for light terminals",
    with_states(
        {plain(), dimmed(243), bold(), on(231, 7, 28, 2), on(231, 7, 30, 6), bold(), color(94, 3, true), color(28, 2),
         color(130, 3, true), color(160, 1, true), plain(), on(231, 7, 30, 6), color(30, 6), color(94, 3)},
        &StateInfo::light),
    on(16, 0, 153, 6),
};

constexpr Theme kMono{
    "mono",
    "no colors: bold, dim and reverse only",
    with_states({plain(), dimmed(-1), bold(), reverse(), reverse(true), bold(), bold(), plain(), bold(), bold(),
                 plain(), reverse(), bold(), bold()},
                &StateInfo::mono),
    reverse(),
};

constexpr std::array<Theme, 3> kThemes{kDark, kLight, kMono};

constexpr PerState<std::string_view> of_states(std::string_view StateInfo::*glyph) {
    PerState<std::string_view> glyphs{};
    for (const StateInfo& state : state_table()) {
        glyphs[index(state.state)] = state.*glyph;
    }
    return glyphs;
}

constexpr PerPart<std::string_view> of_parts(std::string_view PartInfo::*glyph) {
    PerPart<std::string_view> glyphs{};
    for (const PartInfo& part : kParts) {
        glyphs[part.part] = part.*glyph;
    }
    return glyphs;
}

}  // namespace

const Glyphs& glyphs(bool unicode) {
    static constexpr Glyphs kUnicode{of_states(&StateInfo::glyph),
                                     of_parts(&PartInfo::glyph),
                                     "▕",
                                     "▏",
                                     "·",
                                     {},
                                     "▸",
                                     "▾",
                                     "├",
                                     "└",
                                     "▼",
                                     "▲",
                                     "┤",
                                     U'─',
                                     "▸",
                                     "↷"};
    static constexpr Glyphs kAscii{of_states(&StateInfo::ascii_glyph),
                                   of_parts(&PartInfo::ascii_glyph),
                                   "[",
                                   "]",
                                   ".",
                                   kPlainWaitSymbols,
                                   "+",
                                   "-",
                                   "|",
                                   "`",
                                   "v",
                                   "^",
                                   "|",
                                   U'-',
                                   ">",
                                   "%"};
    return unicode ? kUnicode : kAscii;
}

std::span<const Theme> themes() {
    return kThemes;
}

void set_state_looks(Theme& theme, std::span<const std::pair<ThreadState, StateLook>> looks) {
    for (const auto& [state, look] : looks) {
        Look& of = theme.looks[kPlainRoles + index(state)];
        // A color of the 256 may have no counterpart among the 8.
        const std::int16_t color_8 = look.color_8 >= 0 || look.color_256 < 0 ? look.color_8 : of.color_8;
        of = {look.color_256, color_8, -1, -1, look.bold, look.dim, false};
    }
}

const Theme* find_theme(std::string_view name) {
    for (const Theme& theme : kThemes) {
        if (theme.name == name) {
            return &theme;
        }
    }
    return nullptr;
}

}  // namespace tsa
