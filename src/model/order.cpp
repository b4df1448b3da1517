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

/// The usual end of a comparison with the last of the best, without the ties: a smaller number.
bool loses_at_once(const Value& key, const Value& last, bool descending) {
    return descending && key.kind == Value::Kind::integer && last.kind == Value::Kind::integer &&
           key.integer < last.integer;
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
    // A heap of the best so far, the last of them in front: most rows lose against it with one comparison.
    keyed_.clear();
    for (const ThreadRow* row : rows) {
        const Keyed candidate{column.of_thread(report, *row), row};
        if (keyed_.size() == wanted && wanted != 0 && loses_at_once(candidate.key, keyed_.front().key, descending)) {
            continue;
        }
        if (keyed_.size() < wanted) {
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
