// SPDX-License-Identifier: MIT
// See rows.h.
#include "tui/stack_times/rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/text.h"

namespace tsa {

std::string words_without_functions(const StackNode& node, std::uint64_t long_wait_ns) {
    switch (node.kind) {
        case StackNode::Kind::state:
            return fmt::format("{}  {}", info(node.state).head, info(node.state).label);
        case StackNode::Kind::shorter:
            return fmt::format("waits shorter than {}", format_duration(long_wait_ns));
        case StackNode::Kind::unknown:
            return "stack not copied";
        case StackNode::Kind::elsewhere:
            return node.state == ThreadState::exec ? "not sampled" : "in no account";
        case StackNode::Kind::functions:
            break;
    }
    return {};
}

std::string functions_in(const StackNode& node, StackOrder order, int cells, bool unicode) {
    const bool callers_first = order == StackOrder::callers_first;
    const std::string arrow = callers_first ? (unicode ? " → " : " -> ") : (unicode ? " ← " : " <- ");
    const std::string more = arrow + (unicode ? "…" : "...");
    const auto begin = node.functions.begin();
    const auto count = static_cast<std::ptrdiff_t>(node.functions.size());
    std::string text = fmt::format("{}", fmt::join(node.functions, arrow));
    for (std::ptrdiff_t left_out = 1; text_width(text, unicode) > cells && left_out < count; ++left_out) {
        const auto kept = callers_first ? begin + 1 : begin + count - left_out;
        const auto rest = callers_first ? begin + 1 + left_out : node.functions.end();
        text = fmt::format("{}{}", fmt::join(begin, kept, arrow), more);
        if (callers_first && rest != node.functions.end()) {
            text += fmt::format("{}{}", arrow, fmt::join(rest, node.functions.end(), arrow));
        }
    }
    return cut_middle(text, cells, unicode);
}

StackRows stack_rows(const StackTimes& times, const StackTimesState& state) {
    StackRows out;
    out.tree = stack_tree(times, state.order);
    std::size_t at = 0;
    while (at < out.tree.nodes.size()) {
        const StackNode& node = out.tree.nodes[at];
        if (node.depth == 0) {
            out.states.push_back(node.state);
        }
        if (state.only && node.state != *state.only) {
            at = node.end;
            continue;
        }
        const bool can_fold = !node.is_leaf(at);
        const bool is_folded = can_fold && std::ranges::find(state.folded, node.id) != state.folded.end();
        out.rows.push_back({at, is_folded, can_fold});
        at = is_folded ? node.end : at + 1;
    }
    return out;
}

}  // namespace tsa
