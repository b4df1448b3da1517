// SPDX-License-Identifier: MIT
// Ordering rows by a column; see ThreadSorter.
#include <algorithm>
#include <utility>

#include "model/columns.h"

namespace tsa {

int compare(const Value& left, const Value& right) {
    if (!left.present() || !right.present()) {
        return static_cast<int>(left.present()) - static_cast<int>(right.present());
    }
    if (left.kind == Value::Kind::text && right.kind == Value::Kind::text) {
        const int order = left.text.compare(right.text);
        return (order > 0) - (order < 0);
    }
    return (left.integer > right.integer) - (left.integer < right.integer);
}

namespace {

constexpr std::size_t kPrefetchDistance = 12;

/// Absent goes last in either direction; `id` decides between equals.
template <class Id>
bool goes_before(const Value& left, const Value& right, bool descending, Id left_id, Id right_id) {
    if (left.present() != right.present()) {
        return left.present();
    }
    const int order = compare(left, right);
    if (order != 0) {
        return descending ? order > 0 : order < 0;
    }
    return left_id < right_id;
}

/// Fast path of a comparison with the last of the best, in a few instructions: a different number, or the same with a
/// larger TID. False: undecided.
bool loses_at_once(const Value& key, const ThreadRow& row, const Value& last, const ThreadRow& last_row,
                   bool descending) {
    if (key.kind != Value::Kind::integer || last.kind != Value::Kind::integer) {
        return false;
    }
    if (key.integer != last.integer) {
        return (key.integer < last.integer) == descending;
    }
    return row.now->tid > last_row.now->tid;
}

}  // namespace

void ThreadSorter::sort(std::vector<const ThreadRow*>& rows, const Report& report, const Column& column,
                        bool descending, std::size_t count) {
    const std::size_t wanted = count == 0 ? rows.size() : std::min(count, rows.size());
    const auto before = [descending](const Keyed& left, const Keyed& right) {
        const auto id = [](const Keyed& keyed) {
            return std::pair(keyed.row->now->tid, keyed.row->now->start_time_ns);
        };
        return goes_before(left.key, right.key, descending, id(left), id(right));
    };
    // A heap of the best so far, the last of them in front: most rows are rejected by one comparison.
    keyed_.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        // On an idle machine most keys are equal, and the TID, which is not in the row, decides.
        __builtin_prefetch(rows[std::min(i + kPrefetchDistance, rows.size() - 1)]->now);
        const ThreadRow* row = rows[i];
        const Value key = column.of_thread(report, *row);
        const bool full = keyed_.size() == wanted;
        if (full && wanted != 0 && loses_at_once(key, *row, keyed_.front().key, *keyed_.front().row, descending)) {
            continue;
        }
        const Keyed candidate{key, row};
        if (!full) {
            keyed_.push_back(candidate);
            std::push_heap(keyed_.begin(), keyed_.end(), before);
        } else if (wanted != 0 && before(candidate, keyed_.front())) {
            std::pop_heap(keyed_.begin(), keyed_.end(), before);
            keyed_.back() = candidate;
            std::push_heap(keyed_.begin(), keyed_.end(), before);
        }
    }
    std::sort_heap(keyed_.begin(), keyed_.end(), before);
    rows.resize(wanted);
    std::transform(keyed_.begin(), keyed_.end(), rows.begin(), [](const Keyed& keyed) { return keyed.row; });
}

}  // namespace tsa
