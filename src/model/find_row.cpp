// SPDX-License-Identifier: MIT
// See find_row.h.
#include "model/find_row.h"

#include <algorithm>

namespace tsa {

namespace {

bool is_dead_leader(const ThreadRow& row) {
    return row.now->state == ThreadState::zombie && row.now->tid == row.now->tgid;
}

template <class IsIt>
const ThreadRow* living(const Report& report, const IsIt& is_it) {
    const auto end = report.threads.end();
    const auto first = std::find_if(report.threads.begin(), end, is_it);
    if (first == end || !is_dead_leader(*first)) {
        return first != end ? &*first : nullptr;
    }
    const auto other = std::find_if(first + 1, end, is_it);
    return other != end ? &*other : &*first;
}

}  // namespace

const ThreadRow* find_row(const Report& report, const ThreadKey& key) {
    return living(report, [&](const ThreadRow& row) { return row.now->tid == key.tid && key_of(*row.now) == key; });
}

const ThreadRow* find_row(const Report& report, std::uint32_t tid) {
    return living(report, [tid](const ThreadRow& row) { return row.now->tid == tid; });
}

const ProcessRow* find_process(const Report& report, std::uint32_t tgid) {
    const auto found = std::ranges::find(report.processes, tgid, &ProcessRow::tgid);
    return found != report.processes.end() ? &*found : nullptr;
}

}  // namespace tsa
