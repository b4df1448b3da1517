// SPDX-License-Identifier: MIT
// How roles look: glyph sets for UTF-8 and ASCII terminals, and color themes for 256, 8 or no colors. Data only.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "model/part.h"
#include "model/state.h"
#include "text/wait_text.h"
#include "tui/frame.h"

namespace tsa {

/// The characters that the view draws with. One per state, so that they differ on a screen without colors too.
struct Glyphs {
    PerState<std::string_view> state;
    PerPart<std::string_view> part;  ///< of a state that are drawn apart; else empty
    std::string_view bar_left, bar_right;
    std::string_view zero;  ///< measured, and nothing
    WaitSymbols waits;
    std::string_view folded, unfolded, branch, last_branch;
    std::string_view sorted_down, sorted_up;
    std::string_view axis;        ///< left edge of a chart
    char32_t line;                ///< horizontal rule
    std::string_view open;        ///< marks the wait that has not ended yet
    std::string_view clock_jump;  ///< the clock was set at this time
};

[[nodiscard]] const Glyphs& glyphs(bool unicode);

/// Colors are numbers of the 256-color palette and of the 8-color one; -1: the terminal's own.
struct Look {
    std::int16_t color_256 = -1, color_8 = -1;
    std::int16_t background_256 = -1, background_8 = -1;
    bool bold = false, dim = false, reverse = false;
};

struct Theme {
    std::string_view name;
    std::string_view help;
    std::array<Look, kRoles> looks;
    Look selected;  ///< replaces the background; its colors apply where a role has none
};

/// All themes; the first is the default.
[[nodiscard]] std::span<const Theme> themes();
/// Colors of states instead of the theme's.
void set_state_looks(Theme& theme, std::span<const std::pair<ThreadState, StateLook>> looks);
/// Null: there is no such theme.
[[nodiscard]] const Theme* find_theme(std::string_view name);

}  // namespace tsa
