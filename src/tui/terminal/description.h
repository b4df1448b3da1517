// SPDX-License-Identifier: MIT
// The terminal's size, with what $COLUMNS and $LINES say, and its keys by its description. For Screen.
#pragma once

#include <vector>

#include "base/result.h"
#include "tui/terminal/input_decoder.h"

namespace tsa {

/// More cells than any monitor shows, and a few megabytes of memory.
inline constexpr int kMaxScreenCells = 1024;

struct ScreenSize {
    int width = 0, height = 0;
};

/// $COLUMNS and $LINES where they are numbers, else the terminal's size, else 80 x 24. Error: one of them is more than
/// kMaxScreenCells.
[[nodiscard]] Result<ScreenSize> initial_size(int terminal_fd);
/// The terminal's size now, at most kMaxScreenCells each way; nothing if it reports none.
[[nodiscard]] std::optional<ScreenSize> current_size(int terminal_fd);
/// Keys as this terminal's description has them. After newterm().
[[nodiscard]] std::vector<KeySequence> described_keys();

}  // namespace tsa
