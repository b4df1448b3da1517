// The help page: every state, and every key of every page, from the rows of their bindings.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tui/page.h"

namespace tsa {

extern const Page kHelpPage;

struct HelpLine {
    std::string left, right;
    std::optional<ThreadState> state;
    bool heading = false;
};
/// Where a recording is shown, the layer's keys come first, and those that it takes from the screens are left out.
[[nodiscard]] std::vector<HelpLine> help_lines(bool in_replay = false);

}  // namespace tsa
