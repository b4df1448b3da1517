// SPDX-License-Identifier: MIT
// See bars.h.
#include "tui/bars.h"

#include <algorithm>
#include <cmath>

namespace tsa {

std::vector<int> share_cells(std::span<const BarPart> parts, double total, int cells) {
    std::vector<int> out(parts.size());
    double sum = 0;
    for (const BarPart& part : parts) {
        sum += part.value;
    }
    total = std::max(total, sum);
    if (total <= 0 || cells <= 0) {
        return out;
    }
    std::vector<std::pair<double, std::size_t>> remainders;
    int used = 0;
    for (std::size_t at = 0; at < parts.size(); ++at) {
        const double exact = parts[at].value / total * cells;
        out[at] = static_cast<int>(exact);
        used += out[at];
        remainders.emplace_back(exact - out[at], at);
    }
    const int wanted = static_cast<int>(std::lround(sum / total * cells));
    std::stable_sort(remainders.begin(), remainders.end(),
                     [](const auto& left, const auto& right) { return left.first > right.first; });
    for (std::size_t at = 0; at < remainders.size() && used < wanted; ++at, ++used) {
        ++out[remainders[at].second];
    }
    return out;
}

void draw_bar(Frame& frame, int x, int y, int width, std::span<const BarPart> parts, double total,
              const Glyphs& glyphs) {
    if (width < 3) {
        return;
    }
    frame.put(x, y, glyphs.bar_left, Role::dim, 1);
    const int end = x + width - 1;
    const std::vector<int> cells = share_cells(parts, total, width - 2);
    ++x;
    for (std::size_t at = 0; at < parts.size(); ++at) {
        for (int cell = 0; cell < cells[at] && x < end; ++cell) {
            frame.put(x++, y, parts[at].glyph, parts[at].role, 1);
        }
    }
    frame.put(end, y, glyphs.bar_right, Role::dim, 1);
}

}  // namespace tsa
