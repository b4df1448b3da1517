// Stacked bars and charts of states: how a number of cells is shared out among parts so that it always adds up.
#pragma once

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

/// One part per state.
template <class Number>
[[nodiscard]] std::array<BarPart, kStateCount> state_parts(const PerState<Number>& values, const Glyphs& glyphs) {
    std::array<BarPart, kStateCount> parts;
    for (const StateInfo& state : state_table()) {
        const std::size_t at = index(state.state);
        parts[at] = {static_cast<double>(values[at]), glyphs.state[at], role_of(state.state)};
    }
    return parts;
}

}  // namespace tsa
