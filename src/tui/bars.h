// SPDX-License-Identifier: MIT
// Stacked bars and charts of states: how a number of cells is shared out among parts so that it always adds up.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "tui/frame.h"
#include "tui/theme.h"

namespace tsa {

struct BarPart {
    double value = 0;
    std::string_view glyph;
    Role role = Role::text;
};

/// Cells per part: in proportion to `total` (at least the sum of the parts), largest remainders first, so that the
/// cells of all parts together are the rounded sum.
[[nodiscard]] std::vector<int> share_cells(std::span<const BarPart> parts, double total, int cells);

/// Draws `parts` over `width` cells, frame of the bar included. Total 0: an empty bar.
void draw_bar(Frame& frame, int x, int y, int width, std::span<const BarPart> parts, double total,
              const Glyphs& glyphs);

/// How many parts of states have a separate glyph.
inline constexpr auto kDrawnParts =
    static_cast<std::size_t>(std::ranges::count_if(kParts, [](const PartInfo& part) { return !part.glyph.empty(); }));

/// One bar part per state; parts of a state that have a separate glyph follow it.
template <class Number>
[[nodiscard]] std::array<BarPart, kStateCount + kDrawnParts> state_parts(const PerState<Number>& values,
                                                                         const PerPart<Number>& part_values,
                                                                         const Glyphs& glyphs) {
    std::array<BarPart, kStateCount + kDrawnParts> parts;
    std::size_t at = 0;
    for (const StateInfo& state : state_table()) {
        BarPart& whole = parts[at++];
        whole = {static_cast<double>(values[index(state.state)]), glyphs.state[index(state.state)],
                 role_of(state.state)};
        for (const PartInfo& part : kParts) {
            if (part.whole == state.state && !part.glyph.empty()) {
                const double value = std::min(static_cast<double>(part_values[part.part]), whole.value);
                parts[at++] = {value, glyphs.part[part.part], role_of(state.state)};
                whole.value -= value;
            }
        }
    }
    return parts;
}

}  // namespace tsa
