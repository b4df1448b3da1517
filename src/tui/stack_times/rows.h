// SPDX-License-Identifier: MIT
// The tree of time by stack as the rows that are visible: of the chosen state, without what is folded. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/stack_tree.h"
#include "tui/stack_times/state.h"

namespace tsa {

struct StackRow {
    std::size_t node = 0;  ///< in StackRows::tree
    bool is_folded = false;
    bool can_fold = false;
};

struct StackRows {
    StackTree tree;
    std::vector<StackRow> rows;
    std::vector<ThreadState> states;  ///< that have any time, most first
};

[[nodiscard]] StackRows stack_rows(const StackTimes& times, const StackTimesState& state);

/// A node's functions in one line of that many cells. The first one, which tells it apart from its siblings, and the
/// innermost ones are kept.
[[nodiscard]] std::string functions_in(const StackNode& node, StackOrder order, int cells, bool unicode);
/// What a row says that has no functions.
[[nodiscard]] std::string words_without_functions(const StackNode& node, std::uint64_t long_wait_ns);

}  // namespace tsa
