// SPDX-License-Identifier: MIT
// See rows.h: the rows of each mode. Trees are in their final order, lists are ordered when rows of them are asked for.
#include <algorithm>
#include <unordered_map>

#include "model/wait_labels.h"
#include "tui/overview/rows.h"

namespace tsa {
namespace {

bool is_folded(const OverviewState& state, std::uint32_t tgid) {
    const bool listed = std::find(state.folded.begin(), state.folded.end(), tgid) != state.folded.end();
    return listed != state.all_folded;
}

Value number(std::uint64_t value) {
    return Value{Value::Kind::integer, static_cast<std::int64_t>(value), {}};
}

}  // namespace

void RowList::find_living_processes() {
    process_lives_.resize(report_.processes.size());
    for (const ThreadRow& row : report_.threads) {
        if (!process_lives_[row.process] && !has_ended(row, report_.now_ns)) {
            process_lives_[row.process] = true;
        }
    }
}

/// Calls keep(row, at) for the living ones, `at` in `threads`. Those that ended are listed.
template <class Keep>
void RowList::collect_shown_threads(Keep keep) {
    const auto living = static_cast<std::uint32_t>(report_.threads.size());
    for (std::uint32_t at = 0; at < living; ++at) {
        const ThreadRow& row = report_.threads[at];
        if (!shown(row)) {
            continue;
        }
        if (has_ended(row, report_.now_ns)) {
            ended_.push_back({{}, row.now->tid, at});
        } else {
            keep(row, at);
        }
    }
    for (std::uint32_t at = 0; at < report_.exited.size(); ++at) {
        if (const ThreadRow& row = report_.exited[at]; shown(row)) {
            ended_.push_back({{}, row.now->tid, living + at});
        }
    }
}

void RowList::collect_threads() {
    entries_.reserve(report_.threads.size());
    collect_shown_threads([this](const ThreadRow& row, std::uint32_t at) {
        entries_.push_back({sort_value(row), row.now->tid, at});
    });
    size_ = entries_.size();
}

void RowList::collect_processes() {
    std::vector<bool> wanted(report_.processes.size());
    for (const std::vector<ThreadRow>* rows : {&report_.threads, &report_.exited}) {
        for (const ThreadRow& row : *rows) {
            if (!wanted[row.process] && shown(row)) {
                wanted[row.process] = true;
            }
        }
    }
    for (std::size_t at = 0; at < report_.processes.size(); ++at) {
        const std::uint32_t tgid = report_.processes[at].tgid;
        if (wanted[at] && process_lives_[at]) {
            entries_.push_back({sort_value(at), tgid, static_cast<std::uint32_t>(at)});
        } else if (wanted[at] && lists_processes(state_.mode)) {
            ended_.push_back({{}, tgid, static_cast<std::uint32_t>(at)});
        }
    }
    size_ = entries_.size();
}

// A group has a row if one of its threads is shown, with the sums of all of them: like a process.
void RowList::collect_groups() {
    const std::span<const GroupRow> groups = group_rows_ = builder_.build(report_, state_.by, {});
    group_delay_ns_.resize(groups.size());
    for (std::size_t at = 0; at < groups.size(); ++at) {
        group_delay_ns_[at] = latency_ns(groups[at].sums.state_ns);
    }
    group_cpu_time_.assign(groups.size(), Value{});
    std::vector<bool> wanted(groups.size());
    for (std::size_t at = 0; at < report_.threads.size(); ++at) {
        const ThreadRow& row = report_.threads[at];
        const std::uint32_t group = builder_.group_of(at);
        group_delay_ns_[group] += delay_labeled_ns(report_, row).value_or(0);
        wanted[group] = wanted[group] || shown(row, &groups[group]);
        // The whole process belongs to the group of its first thread.
        if (const Value time = row.now->tid == row.now->tgid ? cpu_time_of(report_.processes[row.process]) : Value{};
            time.present()) {
            group_cpu_time_[group] = number(static_cast<std::uint64_t>(group_cpu_time_[group].integer + time.integer));
        }
    }
    for (std::size_t at = 0; at < groups.size(); ++at) {
        if (wanted[at]) {
            entries_.push_back(
                {sort_value(groups[at], at), static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at)});
        }
    }
    size_ = entries_.size();
}

// Groups the threads by process with a counting sort; a process with one thread is one row.
void RowList::collect_tree() {
    collect_processes();
    std::vector<std::size_t> counts(report_.processes.size() + 1);
    std::vector<std::uint32_t> kept;
    kept.reserve(report_.threads.size());
    collect_shown_threads([&](const ThreadRow& row, std::uint32_t at) {
        kept.push_back(at);
        ++counts[row.process + 1];
    });
    for (std::size_t at = 1; at < counts.size(); ++at) {
        counts[at] += counts[at - 1];
    }
    std::vector<std::size_t> next(counts.begin(), counts.end());
    children_.resize(kept.size());
    for (const std::uint32_t at : kept) {
        const ThreadRow& row = report_.threads[at];
        children_[next[row.process]++] = {sort_value(row), row.now->tid, at};
    }
    order(entries_, 0, entries_.size());
    size_ = 0;
    for (const Entry& entry : entries_) {
        Group group{entry.at, size_, counts[entry.at + 1] - counts[entry.at], counts[entry.at],
                    is_folded(state_, entry.tid)};
        if (group.folded || report_.processes[entry.at].threads <= 1) {
            group.children = 0;
        }
        size_ += 1 + group.children;
        groups_.push_back(group);
    }
}

// A process below the one that created it, if that has a row. The order is that of the list among the children of one.
void RowList::collect_parents() {
    collect_processes();
    order(entries_, 0, entries_.size());
    std::unordered_map<std::uint32_t, std::size_t> at_of;
    for (std::size_t at = 0; at < entries_.size(); ++at) {
        at_of.emplace(entries_[at].tid, at);
    }
    std::vector<std::vector<std::size_t>> children(entries_.size());
    std::vector<std::size_t> roots;
    for (std::size_t at = 0; at < entries_.size(); ++at) {
        const auto parent = at_of.find(report_.processes[entries_[at].at].leader->parent_tgid);
        const bool has_parent = parent != at_of.end() && parent->second != at;
        (has_parent ? children[parent->second] : roots).push_back(at);
    }
    // IDs may be reused while the samples are taken: what is in a circle has no root. The rest is done by then.
    for (std::size_t at = 0; at < entries_.size(); ++at) {
        roots.push_back(at);
    }
    const std::vector<Entry> sorted = std::move(entries_);
    entries_.clear();
    std::vector<bool> done(sorted.size());
    // Deepest first on the stack: no recursion, since any process can make a long chain.
    struct Step {
        std::size_t at;
        Branch branch;
        bool hidden;  // below a fold
    };
    std::vector<Step> steps;
    for (const std::size_t root : roots) {
        steps.push_back({root, {0, true, false, 0, 0}, false});
        while (!steps.empty()) {
            auto [at, branch, hidden] = steps.back();
            steps.pop_back();
            if (done[at]) {
                continue;
            }
            done[at] = true;
            branch.children = children[at].size();
            branch.folded = branch.children > 0 && is_folded(state_, sorted[at].tid);
            if (!hidden) {
                entries_.push_back(sorted[at]);
                branches_.push_back(branch);
            }
            for (std::size_t child = branch.children; child > 0; --child) {
                const bool last = child == branch.children;
                const auto level =
                    static_cast<std::uint8_t>(std::min<unsigned>(branch.level + 1U, RowRef::kMostLevels));
                const std::uint32_t open = branch.open_levels | (last ? 0U : 1U << (level - 1U));
                steps.push_back({children[at][child - 1], {level, last, false, open, 0}, hidden || branch.folded});
            }
        }
    }
    size_ = entries_.size();
}

}  // namespace tsa
