// SPDX-License-Identifier: MIT
// See rows.h: what a row is, and how it is found again in another report.
#include <functional>

#include "tui/overview/rows.h"

namespace tsa {

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

Target target_of(const RowRef& row) {
    const Thread& thread = thread_of(row);
    return {thread.tid, thread.tgid, thread.start_time_ns, row.thread == nullptr, std::string(comm_of(thread))};
}

}  // namespace tsa
