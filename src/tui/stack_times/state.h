// SPDX-License-Identifier: MIT
// What the user is doing on the page of time by stack, and what its keys have to know of the frame that they were
// pressed on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/stack_tree.h"

namespace tsa {

/// A row as the keys need it; noted with each frame.
struct StackRowNote {
    std::uint64_t id = 0;
    bool can_fold = false;
    bool matches = false;  ///< what is searched for
};

struct StackTimesState {
    StackOrder order = StackOrder::callers_first;
    std::optional<ThreadState> only;    ///< the state that is shown; none: all
    std::vector<std::uint64_t> folded;  ///< StackNode::id
    std::string search;
    bool find_next = false;       ///< a key asked for the next row that matches; done with the next frame
    bool find_from_here = false;  ///< and the row under the cursor may be it

    std::uint64_t selected = 0;          ///< StackNode::id
    std::size_t cursor = 0, scroll = 0;  ///< rows
    std::size_t rows_shown = 0;
    std::vector<StackRowNote> rows;
    std::vector<ThreadState> states;  ///< that have any time
};

}  // namespace tsa
