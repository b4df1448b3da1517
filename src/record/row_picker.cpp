// SPDX-License-Identifier: MIT
// See row_picker.h.
#include "record/row_picker.h"

#include <algorithm>
#include <utility>

namespace tsa {

namespace {

constexpr std::size_t kPrefetchDistance = 8;

bool is_renamed(const ThreadRow& row) {
    return !row.quiet && row.before != nullptr && recorded_thread(*row.before) != recorded_thread(*row.now);
}

}  // namespace

RowPicker::RowPicker(ThreadFilter filter, std::uint64_t quiet_limit_ns)
    : filter_(std::move(filter)), quiet_limit_ns_(quiet_limit_ns) {}

std::span<const RecordedRow> RowPicker::pick(const Report& report, bool all) {
    table_.begin_round();
    met_ = 0;
    rows_.clear();
    // Remove old identities first: another thread may have that identity now.
    take_ended(report);
    take_renamed(report);
    for (std::size_t i = 0; i < report.threads.size(); ++i) {
        __builtin_prefetch(report.threads[std::min(i + kPrefetchDistance, report.threads.size() - 1)].now);
        pick_living(report, report.threads[i], all);
    }
    rows_.insert(rows_.end(), ended_.begin(), ended_.end());
    if (table_.size() != met_) {
        table_.drop_unmet();
    }
    return rows_;
}

void RowPicker::take_ended(const Report& report) {
    ended_.clear();
    for (const ThreadRow& row : report.exited) {
        QuietEntry* entry = row.before != nullptr ? table_.find(recorded_thread(*row.before)) : nullptr;
        if (entry != nullptr) {
            ended_.push_back({&row, entry->quiet_ns});
            table_.erase(entry);
        } else if (filter_.matches(*row.now)) {
            ended_.push_back({&row, 0});
            ++threads_;
        }
    }
}

void RowPicker::take_renamed(const Report& report) {
    renamed_.clear();
    next_renamed_ = 0;
    for (const ThreadRow& row : report.threads) {
        if (!is_renamed(row)) {
            continue;
        }
        renamed_.push_back({&row, {}});
        if (QuietEntry* entry = table_.find(recorded_thread(*row.before))) {
            renamed_.back().entry = *entry;
            table_.erase(entry);
        }
    }
}

/// The entry of the thread from before this interval; null if there is none.
QuietEntry* RowPicker::entry_of(const ThreadRow& row) {
    if (next_renamed_ < renamed_.size() && renamed_[next_renamed_].row == &row) {
        const QuietEntry& before = renamed_[next_renamed_++].entry;
        if (before.tid == 0) {
            return nullptr;
        }
        QuietEntry& entry = table_.insert(recorded_thread(*row.now)).entry;
        entry.quiet_ns = before.quiet_ns;
        entry.due_ns = before.due_ns;
        return &entry;
    }
    // First seen in this interval: an entry with this identity belongs to another thread.
    return row.before != nullptr ? table_.find(recorded_thread(*row.now)) : nullptr;
}

void RowPicker::pick_living(const Report& report, const ThreadRow& row, bool all) {
    QuietEntry* entry = entry_of(row);
    bool first = false;
    if (entry == nullptr) {
        if (!filter_.matches(*row.now)) {
            return;
        }
        entry = &table_.insert(recorded_thread(*row.now)).entry;
        entry->quiet_ns = 0;  // it may be another one's that had this name
        first = true;
        ++threads_;
    }
    met_ += table_.meet(*entry) ? 1 : 0;
    const bool due = report.now_ns + report.interval_ns > entry->due_ns;
    if (row.quiet && !first && !due && !all) {
        entry->quiet_ns += row.wall_ns;
        return;
    }
    rows_.push_back({&row, std::exchange(entry->quiet_ns, 0)});
    entry->due_ns = next_due(report, row, row.quiet && due && !first && !all);
}

/// A thread that stays quiet keeps its schedule. Any other one gets its own due time; otherwise all threads that were
/// written in the same interval would also have their next rows at the same time.
std::uint64_t RowPicker::next_due(const Report& report, const ThreadRow& row, bool was_due) const {
    const std::uint64_t spread_ns = quiet_limit_ns_ / 2;
    if (was_due || spread_ns == 0) {
        return report.now_ns + quiet_limit_ns_;
    }
    return report.now_ns + spread_ns + QuietEntry::hash(recorded_thread(*row.now)) % spread_ns;
}

}  // namespace tsa
