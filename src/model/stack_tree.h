// SPDX-License-Identifier: MIT
// The time of a thread by stack, as a tree: under each state the functions, from callers to callees or the other way
// round, and rows for what has no stack. The rows under a state add up to its exact time. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/stack_times.h"

namespace tsa {

enum class StackOrder : std::uint8_t { callers_first, callees_first };

struct StackNode {
    enum class Kind : std::uint8_t {
        state,
        functions,  ///< one, or several that are only called by one another
        shorter,    ///< waits of stacks that were never long
        unknown,    ///< long waits without a copy of their stack
        elsewhere,  ///< beyond the number of different stacks, or missed
    };

    Kind kind = Kind::functions;
    ThreadState state = ThreadState::sleep;
    std::size_t depth = 0;               ///< 0: a state
    std::size_t end = 0;                 ///< index after its last descendant
    std::uint64_t id = 0;                ///< of the path to it: stays the same from one tree to the next
    std::vector<std::string> functions;  ///< outermost first in the order of the tree
    std::uint64_t total_ns = 0;
    double share = 0;         ///< of the state's time
    bool is_sampled = false;  ///< its time is a share of samples
    bool is_open = false;     ///< the open wait is counted in
    bool open_is_worst = false;
    std::size_t first_account = 0, end_account = 0;  ///< in StackTree::accounts

    [[nodiscard]] bool is_leaf(std::size_t own_index) const { return end == own_index + 1; }
};

struct StackTree {
    std::vector<StackNode> nodes;       ///< each before its descendants; siblings by time
    std::vector<WaitLengths> accounts;  ///< of which the nodes are made, in their order

    /// Of a node, with the distribution of the waits.
    [[nodiscard]] WaitLengths lengths(const StackNode& node) const;
};

/// States without any time are left out.
[[nodiscard]] StackTree stack_tree(const StackTimes& times, StackOrder order);

}  // namespace tsa
