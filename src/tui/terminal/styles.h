// SPDX-License-Identifier: MIT
// A theme's looks as ncurses has them: attributes and color pairs, for 0, 8 or 256 colors. After start_color().
#pragma once

#include <array>
#include <map>
#include <utility>

#include "tui/theme.h"

namespace tsa {

class Styles {
  public:
    struct Style {
        unsigned long attributes = 0;  ///< attr_t
        short pair = 0;
    };

    /// `colors`: 0, 8 or 256.
    void make(const Theme& theme, int colors);
    [[nodiscard]] const Style& of(Role role, bool selected) const {
        return styles_[static_cast<std::size_t>(role) * 2 + (selected ? 1 : 0)];
    }

  private:
    short pair_of(short foreground, short background);
    Style style_of(const Look& look, const Look& chosen, int colors, bool selected);

    std::map<std::pair<short, short>, short> pairs_;
    std::array<Style, kRoles * 2> styles_{};
};

}  // namespace tsa
