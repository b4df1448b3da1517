// See rows.h.
#include "tui/overview/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/top.h"
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

RowKey key_of(const RowRef& row) {
    if (row.thread != nullptr) {
        return {key_of(*row.thread->now), false};
    }
    return {{row.process->tgid, 0}, true};
}

const Thread& thread_of(const RowRef& row) {
    return row.thread != nullptr ? *row.thread->now : *row.process->leader;
}

Target target_of(const RowRef& row) {
    const Thread& thread = thread_of(row);
    return {thread.tid, thread.tgid, thread.start_time_ns, row.thread == nullptr, std::string(comm_of(thread))};
}

RowList::RowList(const Report& report, const OverviewState& state)
    : report_(report), state_(state), column_(find_column(state.sort_key)) {
    for (std::string_view rest = state.filter; !rest.empty();) {
        const std::size_t bar = std::min(rest.find('|'), rest.size());
        if (bar > 0) {
            terms_.push_back(rest.substr(0, bar));
        }
        rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    if (state.sort_key == kSortExecTotal && state.mode != RowMode::threads) {
        process_exec_total_.resize(report.processes.size());
        for (const ThreadRow& row : report.threads) {
            process_exec_total_[row.process] += state_total_ns(*row.now, ThreadState::exec, report.now_ns);
        }
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
    }
}

bool RowList::matches_filter(const Thread& thread, const ProcessRow& process) const {
    if (terms_.empty()) {
        return true;
    }
    return std::any_of(terms_.begin(), terms_.end(), [&](std::string_view term) {
        return contains_ignoring_case(comm_of(thread), term) ||
               contains_ignoring_case(comm_of(*process.leader), term) || tid_contains(thread.tid, term);
    });
}

bool RowList::shown(const ThreadRow& row) const {
    const Thread& thread = *row.now;
    const bool of_process = !state_.tgid || thread.tgid == *state_.tgid;
    if ((thread.kernel && !state_.kernel_threads) || (state_.uid && thread.uid != *state_.uid) || !of_process) {
        return false;
    }
    // An ended thread is no longer delayed.
    const bool ended = row.exit_time_unix_ns != 0;
    if (state_.held_up && (ended || !is_held_up(thread, report_.now_ns))) {
        return false;
    }
    return !(state_.hide_idle && is_idle(row)) && matches_filter(thread, report_.processes[row.process]);
}

Value RowList::sort_value(const ThreadRow& row) const {
    if (state_.sort_key == kSortExecTotal) {
        return number(state_total_ns(*row.now, ThreadState::exec, report_.now_ns));
    }
    if (state_.sort_key == kSortIo) {
        const std::optional<std::uint64_t> read = row.read_bytes();
        const std::optional<std::uint64_t> written = row.write_bytes();
        return read && written ? number(*read + *written) : Value{};
    }
    return column_ != nullptr ? column_->of_thread(report_, row) : number(latency_ns(row.state_ns));
}

Value RowList::sort_value(std::size_t process) const {
    if (state_.sort_key == kSortExecTotal) {
        return number(process_exec_total_[process]);
    }
    const ProcessRow& row = report_.processes[process];
    if (state_.sort_key == kSortIo) {
        const std::optional<std::uint64_t> bytes = top_value(row, TopBy::io);
        return bytes ? number(*bytes) : Value{};
    }
    if (column_ == nullptr) {
        return number(latency_ns(row.state_ns));
    }
    return column_->of_process != nullptr ? column_->of_process(report_, row) : Value{};
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

void RowList::collect_threads() {
    entries_.reserve(report_.threads.size());
    for (std::size_t at = 0; at < report_.threads.size(); ++at) {
        const ThreadRow& row = report_.threads[at];
        if (shown(row)) {
            entries_.push_back({sort_value(row), row.now->tid, static_cast<std::uint32_t>(at)});
        }
    }
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
        if (wanted[at]) {
            entries_.push_back({sort_value(at), report_.processes[at].tgid, static_cast<std::uint32_t>(at)});
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
        if (shown(report_.threads[at])) {
            kept.push_back(static_cast<std::uint32_t>(at));
            ++counts[report_.threads[at].process + 1];
        }
    }
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
        return out;
    }
    order(entries_, first, end);
    for (std::size_t place = first; place < end; ++place) {
        const std::uint32_t at = entries_[place].at;
        if (state_.mode == RowMode::threads) {
            const ThreadRow& row = report_.threads[at];
            out.push_back({&row, &report_.processes[row.process], false, false, false, 0});
        } else {
            out.push_back({nullptr, &report_.processes[at], false, false, false, 0});
        }
    }
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
        return entry.tid == key.thread.tid && key_of(*report_.threads[entry.at].now) == key.thread;
    };
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
    if (key.process != (state_.mode == RowMode::processes)) {
        return std::nullopt;
    }
    for (const Entry& entry : entries_) {
        if (key.process ? entry.tid == key.thread.tid : is_wanted(entry)) {
            return rank(entries_, 0, entries_.size(), entry);
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
        if (found && (state.follow || state.searched || on_screen)) {
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
