// SPDX-License-Identifier: MIT
// See rows.h.
#include "tui/overview/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>

#include "model/process_table.h"
#include "model/top.h"
#include "model/wait_labels.h"
#include "tui/overview/condition.h"
#include "tui/text.h"

namespace tsa {
namespace {

// A row with less than this share of its time outside idle, sleep and sync is idle. It would show 0.0 everywhere.
constexpr std::uint64_t kBusyParts = 2000;

bool is_idle(const ThreadRow& row) {
    const std::uint64_t asleep = row.state_ns[index(ThreadState::idle)] + row.state_ns[index(ThreadState::sleep)] +
                                 row.state_ns[index(ThreadState::sync)];
    return row.wall_ns - std::min(asleep, row.wall_ns) <= row.wall_ns / kBusyParts;
}

bool is_folded(const OverviewState& state, std::uint32_t tgid) {
    const bool listed = std::find(state.folded.begin(), state.folded.end(), tgid) != state.folded.end();
    return listed != state.all_folded;
}

Value number(std::uint64_t value) {
    return Value{Value::Kind::integer, static_cast<std::int64_t>(value), {}};
}

bool tid_contains(std::uint32_t tid, std::string_view term) {
    std::array<char, 16> digits{};
    const auto end = fmt::format_to_n(digits.data(), digits.size(), "{}", tid);
    return std::string_view(digits.data(), end.size).find(term) != std::string_view::npos;
}

}  // namespace

bool is_summed(const Column& column) {
    return column.of_process != nullptr && (column.unit == Unit::nanoseconds || column.unit == Unit::events ||
                                            column.unit == Unit::bytes || column.unit == Unit::io_bytes);
}

RowKey key_of_group(const std::string& name) {
    return {{0, std::hash<std::string>{}(name) | 1U}, true};
}

RowKey key_of(const RowRef& row) {
    if (row.is_ended_line()) {
        return {{0, 0}, true};  // TID 0 is never listed
    }
    if (row.thread != nullptr) {
        return {key_of(*row.thread->now), false};
    }
    if (row.group != nullptr) {
        return key_of_group(row.group->name);
    }
    return {{row.process->tgid, 0}, true};
}

const Thread& thread_of(const RowRef& row) {
    return row.thread != nullptr ? *row.thread->now : *row.process->leader;
}

bool facts_contain(const Report& report, const Thread& thread, std::string_view term) {
    const ProcessFacts* facts = facts_of(report, thread);
    if (facts != nullptr && contains_ignoring_case(facts->command, term)) {
        return true;
    }
    const CgroupPlace* place = place_of(report, thread);
    return place != nullptr &&
           (contains_ignoring_case(place->unit, term) || contains_ignoring_case(place->container, term) ||
            contains_ignoring_case(place->pod, term));
}

Target target_of(const RowRef& row) {
    const Thread& thread = thread_of(row);
    return {thread.tid, thread.tgid, thread.start_time_ns, row.thread == nullptr, std::string(comm_of(thread))};
}

RowList::RowList(const Report& report, const OverviewState& state)
    : report_(report),
      state_(state),
      delays_(report),
      column_(find_column(state.sort_key)),
      values_(state.condition != nullptr ? state.condition->user_name : RowUserName()) {
    for (std::string_view rest = state.condition == nullptr ? state.filter : std::string_view{}; !rest.empty();) {
        const std::size_t bar = std::min(rest.find('|'), rest.size());
        if (bar > 0) {
            terms_.push_back(rest.substr(0, bar));
        }
        rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    held_ = state.order.holds(report, state.sort_key);
    const auto& asked = state.columns_shown;
    const bool totals =
        state.sort_key == kSortExecTotal || std::find(asked.begin(), asked.end(), kSortExecTotal) != asked.end();
    if (totals && state.mode != RowMode::threads && state.mode != RowMode::groups) {
        process_exec_total_.resize(report.processes.size());
        for (const ThreadRow& row : report.threads) {
            process_exec_total_[row.process] += state_total_ns(*row.now, ThreadState::exec, report.now_ns);
        }
    }
    if (lists_processes(state.mode) || state.mode == RowMode::tree) {
        find_living_processes();
    }
    switch (state.mode) {
        case RowMode::threads:
            collect_threads();
            break;
        case RowMode::processes:
            collect_processes();
            break;
        case RowMode::tree:
            collect_tree();
            break;
        case RowMode::groups:
            collect_groups();
            break;
        case RowMode::parents:
            collect_parents();
            break;
    }
    living_ = size_;
    size_ += ended_.empty() ? 0 : 1 + (state.show_ended ? ended_.size() : 0);
}

std::uint64_t RowList::delay_ns(const RowRef& row) const {
    if (row.group != nullptr) {
        return group_delay_ns_[row.group_at];
    }
    return row.thread != nullptr ? shown_delay_ns(report_, *row.thread) : delays_.of(report_, *row.process);
}

Value RowList::io_bytes(const RowRef& row) const {
    if (row.group != nullptr) {
        const bool known = (row.process->measured & kMeasuredIo) != 0;
        return known ? number(row.process->read_bytes + row.process->write_bytes) : Value{};
    }
    return row.thread != nullptr ? sort_value_now(report_, *row.thread, kSortIo, nullptr)
                                 : sort_value_now(report_, *row.process, kSortIo, nullptr, delays_);
}

/// Threads that are alive at the end of the interval, then those that are not.
const ThreadRow& RowList::thread_at(std::uint32_t at) const {
    return at < report_.threads.size() ? report_.threads[at] : report_.exited[at - report_.threads.size()];
}

bool RowList::matches_condition(const ThreadRow& row, const GroupRow* group) const {
    if (group != nullptr) {
        values_.set(report_, row, &group->sums, true);
    } else {
        values_.set(report_, row, state_.mode == RowMode::processes ? &report_.processes[row.process] : nullptr);
    }
    return state_.condition->expression.matches(values_);
}

bool RowList::matches_filter(const ThreadRow& row, const GroupRow* group) const {
    if (state_.condition != nullptr) {
        return matches_condition(row, group);
    }
    if (terms_.empty()) {
        return true;
    }
    const Thread& thread = *row.now;
    const ProcessRow& process = report_.processes[row.process];
    return std::any_of(terms_.begin(), terms_.end(), [&](std::string_view term) {
        return contains_ignoring_case(comm_of(thread), term) ||
               contains_ignoring_case(comm_of(*process.leader), term) || tid_contains(thread.tid, term) ||
               facts_contain(report_, thread, term);
    });
}

bool RowList::shown(const ThreadRow& row, const GroupRow* group) const {
    const Thread& thread = *row.now;
    const bool of_process = !state_.tgid || thread.tgid == *state_.tgid;
    if ((thread.kernel && !state_.kernel_threads) || (state_.uid && thread.uid != *state_.uid) || !of_process) {
        return false;
    }
    if (state_.group && group_name(report_, row, state_.group->key, {}, scratch_) != state_.group->name) {
        return false;
    }
    // An ended thread is no longer delayed.
    if (state_.held_up && (has_ended(row, report_.now_ns) || !is_held_up(thread, report_.now_ns))) {
        return false;
    }
    return !(state_.hide_idle && is_idle(row)) && matches_filter(row, group);
}

Value RowList::sort_value(const ThreadRow& row) const {
    const Value now = sort_value_now(report_, row, state_.sort_key, column_);
    return held_ ? state_.order.held(key_of(*row.now), now) : now;
}

Value RowList::sort_value(std::size_t process) const {
    const ProcessRow& row = report_.processes[process];
    Value now;
    if (state_.sort_key == kSortExecTotal) {
        now = number(process_exec_total_[process]);
    } else if (state_.sort_key == kCpuTime) {
        now = cpu_time_of(row);
    } else {
        now = sort_value_now(report_, row, state_.sort_key, column_, delays_);
    }
    return held_ ? state_.order.held(row.tgid, now) : now;
}

bool RowList::before(const Entry& left, const Entry& right) const {
    if (left.value.present() != right.value.present()) {
        return left.value.present();
    }
    if (left.value.present()) {
        if (const int order = compare(left.value, right.value); order != 0) {
            return state_.descending ? order > 0 : order < 0;
        }
    }
    return left.tid < right.tid;
}

void RowList::find_living_processes() {
    process_lives_.resize(report_.processes.size());
    for (const ThreadRow& row : report_.threads) {
        if (!process_lives_[row.process] && !has_ended(row, report_.now_ns)) {
            process_lives_[row.process] = true;
        }
    }
}

/// Those of `threads` were found before.
void RowList::collect_ended_threads() {
    const auto living = static_cast<std::uint32_t>(report_.threads.size());
    for (std::uint32_t at = 0; at < report_.exited.size(); ++at) {
        if (const ThreadRow& row = report_.exited[at]; shown(row)) {
            ended_.push_back({{}, row.now->tid, living + at});
        }
    }
}

void RowList::collect_threads() {
    entries_.reserve(report_.threads.size());
    for (std::size_t at = 0; at < report_.threads.size(); ++at) {
        const ThreadRow& row = report_.threads[at];
        if (!shown(row)) {
            continue;
        }
        if (has_ended(row, report_.now_ns)) {
            ended_.push_back({{}, row.now->tid, static_cast<std::uint32_t>(at)});
        } else {
            entries_.push_back({sort_value(row), row.now->tid, static_cast<std::uint32_t>(at)});
        }
    }
    collect_ended_threads();
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

RowRef RowList::ref_of(std::size_t group) const {
    RowRef row;
    row.group = std::make_shared<const GroupRow>(group_rows_[group]);
    row.process = &row.group->sums;
    row.group_at = group;
    return row;
}

Value RowList::cpu_time_of_group(std::size_t group) const {
    return group < group_cpu_time_.size() ? group_cpu_time_[group] : Value{};
}

Value RowList::sort_value(const GroupRow& group, std::size_t at) const {
    if (state_.sort_key == kCpuTime) {
        return cpu_time_of_group(at);
    }
    if (state_.sort_key == kSortLatency) {
        return number(group_delay_ns_[at]);
    }
    if (state_.sort_key == kSortIo) {
        return number(group.sums.read_bytes + group.sums.write_bytes);
    }
    if (state_.sort_key == "comm") {
        return Value{Value::Kind::text, 0, group.name};
    }
    return column_ != nullptr && is_summed(*column_) ? column_->of_process(report_, group.sums) : Value{};
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
    for (std::size_t at = 0; at < report_.threads.size(); ++at) {
        const ThreadRow& row = report_.threads[at];
        if (!shown(row)) {
            continue;
        }
        if (has_ended(row, report_.now_ns)) {
            ended_.push_back({{}, row.now->tid, static_cast<std::uint32_t>(at)});
        } else {
            kept.push_back(static_cast<std::uint32_t>(at));
            ++counts[row.process + 1];
        }
    }
    collect_ended_threads();
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

std::optional<std::uint64_t> RowList::exec_total_ns(const RowRef& row) const {
    if (row.group != nullptr) {
        return std::nullopt;
    }
    if (row.thread != nullptr) {
        return state_total_ns(*row.thread->now, ThreadState::exec, report_.now_ns);
    }
    const auto at = static_cast<std::size_t>(row.process - report_.processes.data());
    return at < process_exec_total_.size() ? std::optional(process_exec_total_[at]) : std::nullopt;
}

Value RowList::cpu_time_of(const ProcessRow& process) const {
    const auto time = state_.process_times != nullptr ? state_.process_times->find(process.tgid) : std::nullopt;
    return time ? number(*time) : Value{};
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
