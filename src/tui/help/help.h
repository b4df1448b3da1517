// SPDX-License-Identifier: MIT
// The help page: every state, and every key of every page, from the rows of their bindings.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tui/page.h"
#include "tui/view_state.h"

namespace tsa {

extern const Page kHelpPage;

struct HelpLine {
    std::string left, right;
    std::optional<ThreadState> state;
    bool heading = false;
};
/// The keys, those of the screen `shown` first, then the states. Where a recording is shown, the layer's keys come
/// before them, and those that it takes from the screens are left out.
[[nodiscard]] std::vector<HelpLine> help_lines(bool in_replay = false, const Page* shown = nullptr,
                                               KeySet set = KeySet::htop);

}  // namespace tsa
