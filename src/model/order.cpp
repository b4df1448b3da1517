// Sorting rows by a column: total orders, so that a row never jumps between two refreshes in which nothing changed.
#include <algorithm>

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

}  // namespace

void sort_threads(std::vector<const ThreadRow*>& rows, const Report& report, const Column& column, bool descending) {
    // std::sort: stable_sort would allocate, and the TID makes the order total (the start time tells a reused TID).
    std::sort(rows.begin(), rows.end(), [&](const ThreadRow* left, const ThreadRow* right) {
        const auto id = [](const ThreadRow* row) { return std::pair(row->now->tid, row->now->start_time_ns); };
        return goes_before(column.of_thread(report, *left), column.of_thread(report, *right), descending, id(left),
                           id(right));
    });
}

void sort_processes(std::vector<const ProcessRow*>& rows, const Report& report, const Column& column, bool descending) {
    if (column.of_process == nullptr) {
        std::sort(rows.begin(), rows.end(),
                  [](const ProcessRow* left, const ProcessRow* right) { return left->tgid < right->tgid; });
        return;
    }
    std::sort(rows.begin(), rows.end(), [&](const ProcessRow* left, const ProcessRow* right) {
        return goes_before(column.of_process(report, *left), column.of_process(report, *right), descending, left->tgid,
                           right->tgid);
    });
}

}  // namespace tsa
