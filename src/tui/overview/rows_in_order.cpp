// SPDX-License-Identifier: MIT
// See rows.h: the rows from one place to another, the place of a row, and where the cursor is among them.
#include <algorithm>
#include <memory>

#include "tui/overview/rows.h"

namespace tsa {

RowRef RowList::ref_of(std::size_t group) const {
    RowRef row;
    row.group = std::make_shared<const GroupRow>(group_rows_[group]);
    row.process = &row.group->sums;
    row.group_at = group;
    return row;
}

// Sorts the rows of [first, end) into place; the rest stays unsorted, on the correct side of them.
void RowList::order(std::vector<Entry>& entries, std::size_t first, std::size_t end) const {
    const auto by = [this](const Entry& left, const Entry& right) { return before(left, right); };
    const auto at = [&](std::size_t place) { return entries.begin() + static_cast<std::ptrdiff_t>(place); };
    if (first > 0 && first < entries.size()) {
        std::nth_element(entries.begin(), at(first), entries.end(), by);
    }
    std::partial_sort(at(std::min(first, entries.size())), at(std::min(end, entries.size())), entries.end(), by);
}

void RowList::add_group_rows(const Group& group, std::size_t first, std::size_t end, std::vector<RowRef>& out) {
    const ProcessRow& process = report_.processes[group.process];
    if (group.first_row >= first) {
        out.push_back({nullptr, &process, false, false, group.folded && process.threads > 1, group.children});
    }
    if (group.children == 0) {
        return;
    }
    const auto begin = children_.begin() + static_cast<std::ptrdiff_t>(group.first_child);
    std::sort(begin, begin + static_cast<std::ptrdiff_t>(group.children),
              [this](const Entry& left, const Entry& right) { return before(left, right); });
    for (std::size_t child = 0; child < group.children; ++child) {
        const std::size_t place = group.first_row + 1 + child;
        if (place >= first && place < end) {
            const Entry& entry = children_[group.first_child + child];
            out.push_back({&report_.threads[entry.at], &process, true, child + 1 == group.children, false, 0});
        }
    }
}

// The line of those that have ended, and below it, unfolded, each of them by TID.
void RowList::add_ended_rows(std::size_t first, std::size_t end, std::vector<RowRef>& out) {
    if (ended_.empty() || end <= living_) {
        return;
    }
    if (first <= living_) {
        out.push_back({nullptr, nullptr, false, false, !state_.show_ended, ended_.size()});
        out.back().ended = true;
    }
    order(ended_, 0, ended_.size());
    for (std::size_t place = std::max(first, living_ + 1); place < end; ++place) {
        const std::uint32_t at = ended_[place - living_ - 1].at;
        if (lists_processes(state_.mode)) {
            RowRef& row = out.emplace_back(RowRef{nullptr, &report_.processes[at]});
            row.ended = true;
        } else {
            const ThreadRow& row = thread_at(at);
            out.push_back({&row, &report_.processes[row.process]});
            out.back().ended = true;
        }
    }
}

std::vector<RowList::EndedName> RowList::ended_names() const {
    std::vector<EndedName> names;
    names.reserve(ended_.size());
    for (const Entry& entry : ended_) {
        const Thread& thread =
            lists_processes(state_.mode) ? *report_.processes[entry.at].leader : *thread_at(entry.at).now;
        names.push_back({comm_of(thread), 1});
    }
    std::sort(names.begin(), names.end(),
              [](const EndedName& left, const EndedName& right) { return left.name < right.name; });
    std::size_t kept = 0;
    for (std::size_t at = 0; at < names.size(); ++at) {
        if (kept > 0 && names[kept - 1].name == names[at].name) {
            ++names[kept - 1].count;
        } else {
            names[kept++] = names[at];
        }
    }
    names.resize(kept);
    std::stable_sort(names.begin(), names.end(),
                     [](const EndedName& left, const EndedName& right) { return left.count > right.count; });
    return names;
}

std::vector<RowRef> RowList::rows(std::size_t first, std::size_t count) {
    std::vector<RowRef> out;
    const std::size_t end = std::min(size_, first + std::min(count, size_));
    if (first >= end) {
        return out;
    }
    out.reserve(end - first);
    if (state_.mode == RowMode::tree) {
        for (const Group& group : groups_) {
            if (group.first_row < end && group.first_row + group.children >= first) {
                add_group_rows(group, first, end, out);
            }
        }
        add_ended_rows(first, end, out);
        return out;
    }
    const std::size_t living_end = std::min(end, living_);
    if (first < living_end && state_.mode != RowMode::parents) {
        order(entries_, first, living_end);
    }
    for (std::size_t place = first; place < living_end; ++place) {
        const std::uint32_t at = entries_[place].at;
        if (state_.mode == RowMode::groups) {
            out.push_back(ref_of(at));
        } else if (state_.mode == RowMode::threads) {
            const ThreadRow& row = report_.threads[at];
            out.push_back({&row, &report_.processes[row.process], false, false, false, 0});
        } else if (state_.mode == RowMode::parents) {
            const Branch& branch = branches_[place];
            RowRef& row = out.emplace_back(RowRef{nullptr, &report_.processes[at], branch.level > 0, branch.last,
                                                  branch.folded, branch.folded ? 0 : branch.children});
            row.level = branch.level;
            row.open_levels = branch.open_levels;
        } else {
            out.push_back({nullptr, &report_.processes[at], false, false, false, 0});
        }
    }
    add_ended_rows(first, end, out);
    return out;
}

std::optional<std::size_t> RowList::index_of(const RowKey& key) const {
    const auto rank = [this](const std::vector<Entry>& entries, std::size_t begin, std::size_t end,
                             const Entry& wanted) {
        std::size_t ahead = 0;
        for (std::size_t at = begin; at < end; ++at) {
            ahead += before(entries[at], wanted) ? 1 : 0;
        }
        return ahead;
    };
    const auto is_wanted = [&](const Entry& entry) {
        return entry.tid == key.thread.tid && key_of(*thread_at(entry.at).now) == key.thread;
    };
    if (!ended_.empty() && key == RowKey{{0, 0}, true}) {
        return living_;
    }
    if (state_.show_ended && key.process == lists_processes(state_.mode)) {
        for (const Entry& entry : ended_) {
            if (key.process ? entry.tid == key.thread.tid : is_wanted(entry)) {
                return living_ + 1 + rank(ended_, 0, ended_.size(), entry);
            }
        }
    }
    if (state_.mode == RowMode::tree) {
        for (const Group& group : groups_) {
            if (key.process && report_.processes[group.process].tgid == key.thread.tid) {
                return group.first_row;
            }
            for (std::size_t child = 0; !key.process && child < group.children; ++child) {
                if (const Entry& entry = children_[group.first_child + child]; is_wanted(entry)) {
                    return group.first_row + 1 +
                           rank(children_, group.first_child, group.first_child + group.children, entry);
                }
            }
        }
        return std::nullopt;
    }
    if (state_.mode == RowMode::groups) {
        for (const Entry& entry : entries_) {
            if (key_of_group(group_rows_[entry.at].name) == key) {
                return rank(entries_, 0, entries_.size(), entry);
            }
        }
        return std::nullopt;
    }
    if (key.process != lists_processes(state_.mode)) {
        return std::nullopt;
    }
    for (std::size_t at = 0; at < entries_.size(); ++at) {
        const Entry& entry = entries_[at];
        if (key.process ? entry.tid == key.thread.tid : is_wanted(entry)) {
            return state_.mode == RowMode::parents ? at : rank(entries_, 0, entries_.size(), entry);
        }
    }
    return std::nullopt;
}

Place place(const RowList& list, const OverviewState& state, std::size_t height) {
    if (list.size() == 0) {
        return {};
    }
    height = std::max<std::size_t>(height, 1);
    Place out{std::min(state.cursor, list.size() - 1), state.scroll};
    if (state.selected) {
        const std::optional<std::size_t> found = list.index_of(*state.selected);
        const bool on_screen = found && *found >= state.scroll && *found < state.scroll + height;
        // More rows above it do not push the line of ended threads off the screen.
        const bool ended_line = found && *found == list.living();
        if (found && (state.follow || state.searched || on_screen || ended_line)) {
            out.cursor = *found;
        }
    }
    out.scroll = std::min(out.scroll, list.size() > height ? list.size() - height : 0);
    out.scroll = std::min(out.scroll, out.cursor);
    if (out.cursor >= out.scroll + height) {
        out.scroll = out.cursor - height + 1;
    }
    return out;
}

}  // namespace tsa
