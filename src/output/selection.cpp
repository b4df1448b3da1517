// SPDX-License-Identifier: MIT
// See selection.h.
#include "output/selection.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace tsa {

namespace {

void add(std::vector<const ThreadRow*>& to, const std::vector<ThreadRow>& from) {
    for (const ThreadRow& row : from) {
        to.push_back(&row);
    }
}

}  // namespace

void SelectedRows::order_and_cut(std::vector<const ThreadRow*>& rows, const Report& report,
                                 const Selection& selection) {
    if (selection.sort != nullptr) {
        sorter_.sort(rows, report, *selection.sort, selection.descending, selection.top);
    } else if (selection.top != 0 && rows.size() > selection.top) {
        rows.resize(selection.top);
    }
}

void SelectedRows::order_again(const Report& report, const Selection& selection) {
    if (selection.sort != nullptr) {
        sorter_.sort(threads_, report, *selection.sort, selection.descending, 0);
    }
}

void SelectedRows::select_apart(const Report& report, const Selection& selection) {
    if (selection.top != 0) {
        select_together(report, selection);
        const auto is_alive = [](const ThreadRow* row) { return row->exit_time_unix_ns == 0; };
        std::ranges::copy_if(threads_, std::back_inserter(exited_), std::not_fn(is_alive));
        std::erase_if(threads_, std::not_fn(is_alive));
        return;
    }
    threads_.clear();
    exited_.clear();
    add(threads_, report.threads);
    add(exited_, report.exited);
    order_and_cut(threads_, report, selection);
    order_and_cut(exited_, report, selection);
}

void SelectedRows::select_together(const Report& report, const Selection& selection) {
    threads_.clear();
    exited_.clear();
    add(threads_, report.threads);
    add(threads_, report.exited);
    order_and_cut(threads_, report, selection);
}

}  // namespace tsa
