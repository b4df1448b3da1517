// See theme.h. Latency states are warm, exec is green, idle is dim: in every theme.
#include "tui/theme.h"

namespace tsa {
namespace {

constexpr Look plain() {
    return {};
}
constexpr Look colour(std::int16_t of_256, std::int16_t of_8, bool bold = false) {
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

constexpr Theme kDark{
    "default",
    "for dark terminals",
    {plain(), dimmed(245), bold(), on(16, 0, 71, 2), on(16, 0, 80, 6), bold(), colour(228, 3, true), colour(71, 2),
     colour(214, 3, true), colour(203, 1, true), plain(), on(16, 0, 80, 6), colour(80, 6), colour(228, 3),
     // exec, cpu wait, io, swap, mem, lock, D, sleep, idle, stopped, zombie
     colour(71, 2), colour(220, 3), colour(208, 3, true), colour(197, 1), colour(205, 5), colour(203, 1, true),
     colour(169, 5, true), colour(109, 6), dimmed(240), colour(103, 4), colour(139, 4, true)},
    on(231, 7, 24, 4),
};

constexpr Theme kLight{
    "light",
    "for light terminals",
    {plain(),
     dimmed(243),
     bold(),
     on(231, 7, 28, 2),
     on(231, 7, 30, 6),
     bold(),
     colour(94, 3, true),
     colour(28, 2),
     colour(130, 3, true),
     colour(160, 1, true),
     plain(),
     on(231, 7, 30, 6),
     colour(30, 6),
     colour(94, 3),
     colour(28, 2),
     colour(136, 3),
     colour(166, 3, true),
     colour(161, 1),
     colour(163, 5),
     colour(160, 1, true),
     colour(90, 5, true),
     colour(31, 6),
     dimmed(247),
     colour(61, 4),
     colour(96, 4, true)},
    on(16, 0, 153, 6),
};

constexpr Theme kMono{
    "mono",
    "no colours: bold, dim and reverse only",
    {plain(), dimmed(-1), bold(),    reverse(), reverse(true), bold(),     bold(),    plain(), bold(),
     bold(),  plain(),    reverse(), bold(),    bold(),        plain(),    plain(),   bold(),  bold(),
     bold(),  bold(),     bold(),    plain(),   dimmed(-1),    dimmed(-1), dimmed(-1)},
    reverse(),
};

constexpr std::array<Theme, 3> kThemes{kDark, kLight, kMono};

}  // namespace

const Glyphs& glyphs(bool unicode) {
    static constexpr Glyphs kUnicode{{"█", "▒", "◆", "●", "■", "▲", "◈", "░", " ", "‖", "×"},
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
                                     "▸"};
    static constexpr Glyphs kAscii{{"#", "=", "i", "s", "m", "L", "D", ".", " ", "T", "Z"},
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
                                   ">"};
    return unicode ? kUnicode : kAscii;
}

std::span<const Theme> themes() {
    return kThemes;
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
