// SPDX-License-Identifier: MIT
// See styles.h.
#include "tui/terminal/styles.h"

#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <curses.h>

namespace tsa {

static_assert(sizeof(attr_t) <= sizeof(Styles::Style::attributes));

short Styles::pair_of(short foreground, short background) {
    if (foreground < 0 && background < 0) {
        return 0;
    }
    const auto [found, added] = pairs_.try_emplace({foreground, background}, static_cast<short>(pairs_.size() + 1));
    if (added) {
        init_pair(found->second, foreground, background);
    }
    return found->second;
}

Styles::Style Styles::style_of(const Look& look, const Look& chosen, int colors, bool selected) {
    Style style;
    const bool rich = colors >= 256;
    if (colors > 0) {
        short foreground = rich ? look.color_256 : look.color_8;
        short background = rich ? look.background_256 : look.background_8;
        if (selected) {
            background = rich ? chosen.background_256 : chosen.background_8;
            // With 8 colors a state's color can be that of the selection: only 256 are enough to keep both.
            foreground = rich && foreground >= 0 && !look.dim ? foreground : (rich ? chosen.color_256 : chosen.color_8);
        }
        style.pair = pair_of(foreground, background);
    }
    const bool needs_reverse = look.reverse || (colors == 0 && look.background_8 >= 0);
    const bool selected_reverse = selected && (chosen.reverse || colors == 0);
    style.attributes |= look.bold ? A_BOLD : A_NORMAL;
    // A 256-color gray is dim enough; A_DIM on top of it is unreadable.
    style.attributes |= look.dim && !selected && !(rich && look.color_256 >= 0) ? A_DIM : A_NORMAL;
    style.attributes |= needs_reverse || selected_reverse ? A_REVERSE : A_NORMAL;
    return style;
}

void Styles::make(const Theme& theme, int colors) {
    for (std::size_t role = 0; role < kRoles; ++role) {
        styles_[role * 2] = style_of(theme.looks[role], theme.selected, colors, false);
        styles_[role * 2 + 1] = style_of(theme.looks[role], theme.selected, colors, true);
    }
}

}  // namespace tsa
