// SPDX-License-Identifier: MIT
// See stack_tree.h.
#include "model/stack_tree.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/saturating.h"

namespace tsa {

namespace {

/// A row under a state is shown from this share of the state's time on, where it is only a difference.
constexpr double kLeastDifference = 0.001;

/// Waits with one path, or with none.
struct Item {
    StackNode::Kind kind = StackNode::Kind::functions;
    std::vector<std::string> path;  // in the order of the tree
    WaitLengths waits;
    bool is_open = false;
    bool open_is_worst = false;
    bool is_sampled = false;
};

/// What a stack lacks at its outer end.
std::string_view missing_end(const KnownStack& known) {
    if (known.callers_differ) {
        return "(different callers)";
    }
    const bool is_whole = known.stack.end == StackEnd::complete || known.stack.kernel_thread;
    return is_whole ? std::string_view{} : std::string_view("(not unwound further)");
}

std::vector<std::string> path_of(const KnownStack& known, StackOrder order) {
    std::vector<std::string> path;
    for (const std::vector<StackFrame>* part : {&known.stack.kernel, &known.stack.user}) {
        for (const StackFrame& frame : *part) {
            path.push_back(frame_words(frame));
        }
    }
    if (const std::string_view end = missing_end(known); !end.empty()) {
        path.emplace_back(end);
    }
    if (order == StackOrder::callers_first) {
        std::ranges::reverse(path);
    }
    return path;
}

/// Makes the items of one state.
class ItemMaker {
  public:
    ItemMaker(const StackTimes& times, StackOrder order) : times_(times), order_(order) {}

    std::vector<Item> items(ThreadState state) {
        items_.clear();
        if (state == ThreadState::exec) {
            add_samples();
            if (items_.empty()) {
                add_elsewhere(state);
            }
            return std::move(items_);
        }
        for (const StackAccount& account : times_.accounts) {
            if (account.state == state) {
                add(account.fingerprint, account.waits, false);
            }
        }
        if (times_.open && times_.open->state == state) {
            WaitLengths open;
            add_wait(open, times_.open->ns, times_.now_ns);
            add(times_.open->fingerprint, open, true);
        }
        add_elsewhere(state);
        return std::move(items_);
    }

  private:
    const KnownStack* find(std::optional<std::uint64_t> fingerprint) const {
        const auto found = fingerprint ? times_.stacks.find(*fingerprint) : times_.stacks.end();
        return found != times_.stacks.end() ? &found->second : nullptr;
    }

    void add(std::optional<std::uint64_t> fingerprint, const WaitLengths& waits, bool is_open) {
        Item item;
        item.waits = waits;
        item.is_open = item.open_is_worst = is_open;
        if (const KnownStack* known = find(fingerprint)) {
            item.path = path_of(*known, order_);
        }
        if (item.path.empty()) {
            item.kind = waits.max_ns < times_.long_wait_ns ? StackNode::Kind::shorter : StackNode::Kind::unknown;
        }
        items_.push_back(std::move(item));
    }

    void add_elsewhere(ThreadState state) {
        const std::uint64_t accounted =
            std::accumulate(items_.begin(), items_.end(), std::uint64_t{0},
                            [](std::uint64_t sum, const Item& item) { return sum + item.waits.total_ns; });
        Item item;
        item.kind = StackNode::Kind::elsewhere;
        item.waits.total_ns = saturating_sub(times_.exact_ns[index(state)], accounted);
        if (static_cast<double>(item.waits.total_ns) >
            kLeastDifference * static_cast<double>(times_.exact_ns[index(state)])) {
            items_.push_back(std::move(item));
        }
    }

    /// A sample stands for its share of the exact time.
    void add_samples() {
        std::uint64_t all = 0;
        for (const auto& [fingerprint, count] : times_.cpu.counts) {
            all += count;
        }
        const double exact_ns = static_cast<double>(times_.exact_ns[index(ThreadState::exec)]);
        for (const auto& [fingerprint, count] : times_.cpu.counts) {
            Item item;
            item.is_sampled = true;
            item.waits.count = count;
            item.waits.total_ns =
                static_cast<std::uint64_t>(exact_ns * static_cast<double>(count) / static_cast<double>(all));
            const KnownStack* known = find(fingerprint);
            item.path = known != nullptr ? path_of(*known, order_) : std::vector<std::string>{};
            item.kind = item.path.empty() ? StackNode::Kind::unknown : StackNode::Kind::functions;
            items_.push_back(std::move(item));
        }
    }

    const StackTimes& times_;
    StackOrder order_;
    std::vector<Item> items_;
};

std::uint64_t total(std::span<const Item> items) {
    return std::accumulate(items.begin(), items.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const Item& item) { return sum + item.waits.total_ns; });
}

std::uint64_t child_id(std::uint64_t parent, std::string_view name) {
    return (parent ^ std::hash<std::string_view>{}(name)) * 0x9e3779b97f4a7c15U + 1;
}

bool is_in_order(const Item& left, const Item& right) {
    return std::tie(left.kind, left.path) < std::tie(right.kind, right.path);
}

/// Adds the nodes of items that are sorted by their paths.
class NodeMaker {
  public:
    NodeMaker(StackTree& tree, std::uint64_t state_ns) : tree_(tree), state_ns_(state_ns) {}

    /// Those under `parent`, whose paths agree up to `depth` functions.
    void add_children(std::span<Item> items, std::size_t parent, std::size_t depth) {
        std::vector<std::span<Item>> groups = groups_of(items, depth);
        std::ranges::stable_sort(groups, std::greater<>{}, [](std::span<Item> group) { return total(group); });
        for (const std::span<Item> group : groups) {
            add_group(group, parent, depth);
        }
        tree_.nodes[parent].end = tree_.nodes.size();
    }

  private:
    /// Items that end here, with the node's own time, are in none.
    static std::vector<std::span<Item>> groups_of(std::span<Item> items, std::size_t depth) {
        std::vector<std::span<Item>> groups;
        std::size_t begin = 0;
        while (begin < items.size()) {
            std::size_t end = begin + 1;
            while (end < items.size() && is_together(items[begin], items[end], depth)) {
                ++end;
            }
            if (items[begin].path.size() > depth || items[begin].kind != StackNode::Kind::functions) {
                groups.push_back(items.subspan(begin, end - begin));
            }
            begin = end;
        }
        return groups;
    }

    static bool is_together(const Item& left, const Item& right, std::size_t depth) {
        const auto name = [depth](const Item& item) {
            return item.path.size() > depth ? std::string_view(item.path[depth]) : std::string_view{};
        };
        return left.kind == right.kind && name(left) == name(right);
    }

    /// How many functions all of them have in common from `depth` on; at least one.
    static std::size_t common_functions(std::span<const Item> group, std::size_t depth) {
        const std::vector<std::string>& first = group.front().path;
        const std::vector<std::string>& last = group.back().path;
        std::size_t end = depth;
        while (end < first.size() && end < last.size() && first[end] == last[end]) {
            ++end;
        }
        return end - depth;
    }

    void add_group(std::span<Item> group, std::size_t parent, std::size_t depth) {
        const std::size_t at = tree_.nodes.size();
        StackNode node;
        node.kind = group.front().kind;
        node.state = tree_.nodes[parent].state;
        node.depth = tree_.nodes[parent].depth + 1;
        node.id = tree_.nodes[parent].id;
        const std::size_t functions =
            node.kind == StackNode::Kind::functions ? common_functions(group, depth) : std::size_t{0};
        for (std::size_t nth = depth; nth < depth + functions; ++nth) {
            node.functions.push_back(group.front().path[nth]);
            node.id = child_id(node.id, node.functions.back());
        }
        if (node.kind != StackNode::Kind::functions) {
            node.id = child_id(node.id, std::to_string(static_cast<int>(node.kind)));
        }
        node.first_account = tree_.accounts.size();
        tree_.nodes.push_back(std::move(node));
        add_own(group, depth + functions);
        if (functions > 0) {
            add_children(group, at, depth + functions);
        }
        finish(at, group);
    }

    /// Waits whose paths end at `depth`: first in their order.
    void add_own(std::span<const Item> group, std::size_t depth) {
        for (const Item& item : group) {
            if (item.path.size() <= depth) {
                tree_.accounts.push_back(item.waits);
            }
        }
    }

    void finish(std::size_t at, std::span<const Item> group) {
        StackNode& node = tree_.nodes[at];
        node.end = tree_.nodes.size();
        node.end_account = tree_.accounts.size();
        std::uint64_t max_ns = 0;
        std::uint64_t open_ns = 0;
        for (const Item& item : group) {
            node.total_ns += item.waits.total_ns;
            node.is_open |= item.is_open;
            node.is_sampled |= item.is_sampled;
            max_ns = std::max(max_ns, item.waits.max_ns);
            open_ns = item.is_open ? item.waits.max_ns : open_ns;
        }
        node.open_is_worst = node.is_open && open_ns >= max_ns;
        node.share = state_ns_ > 0 ? static_cast<double>(node.total_ns) / static_cast<double>(state_ns_) : 0;
    }

    StackTree& tree_;
    std::uint64_t state_ns_;
};

void add_state(StackTree& tree, ThreadState state, std::vector<Item> items, std::uint64_t exact_ns) {
    const std::uint64_t state_ns = std::max(exact_ns, total(items));
    if (state_ns == 0) {
        return;
    }
    std::ranges::stable_sort(items, is_in_order);
    const std::size_t at = tree.nodes.size();
    StackNode& node = tree.nodes.emplace_back();
    node.kind = StackNode::Kind::state;
    node.state = state;
    node.id = index(state) + 1;
    node.total_ns = state_ns;
    node.first_account = tree.accounts.size();
    NodeMaker(tree, state_ns).add_children(items, at, 0);
    tree.nodes[at].end_account = tree.accounts.size();
    tree.nodes[at].is_open = std::ranges::any_of(items, &Item::is_open);
}

}  // namespace

WaitLengths StackTree::lengths(const StackNode& node) const {
    WaitLengths sum;
    for (std::size_t at = node.first_account; at < node.end_account; ++at) {
        merge_waits(sum, accounts[at]);
    }
    return sum;
}

StackTree stack_tree(const StackTimes& times, StackOrder order) {
    StackTree tree;
    std::uint64_t all_ns = 0;
    for (const std::uint64_t ns : times.exact_ns) {
        all_ns += ns;
    }
    std::vector<ThreadState> states;
    for (const StateInfo& info : state_table()) {
        states.push_back(info.state);
    }
    std::ranges::stable_sort(states, std::greater<>{}, [&](ThreadState state) { return times.exact_ns[index(state)]; });
    ItemMaker maker(times, order);
    for (const ThreadState state : states) {
        const std::size_t at = tree.nodes.size();
        add_state(tree, state, maker.items(state), times.exact_ns[index(state)]);
        if (tree.nodes.size() > at && all_ns > 0) {
            tree.nodes[at].share = static_cast<double>(tree.nodes[at].total_ns) / static_cast<double>(all_ns);
        }
    }
    return tree;
}

}  // namespace tsa
