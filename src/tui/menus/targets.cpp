// SPDX-License-Identifier: MIT
// See targets.h.
#include "tui/menus/targets.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/overview/layout.h"
#include "tui/overview/row_keys.h"
#include "tui/page.h"

namespace tsa {
namespace {

/// Maximum number of processes whose signal handling is read: a few files each.
constexpr std::size_t kMostAsked = 256;

bool is_over(const RowRef& row) {
    return row.ended || (row.thread != nullptr ? row.thread->exit_time_unix_ns != 0 : row.process->threads == 0);
}

bool is_kernel_thread(const RowRef& row) {
    return thread_of(row).kernel;
}

// With other threads alive, the process of a dead main thread continues.
bool is_zombie(const RowRef& row) {
    return row.process->threads <= 1 && row.process->leader->state == ThreadState::zombie;
}

void add_process(SignalTargets& targets, const ProcessRow& process, const Machine& machine) {
    const auto is_it = [&](const SignalProcess& other) { return other.target.tgid == process.tgid; };
    if (std::ranges::none_of(targets.processes, is_it)) {
        const Target target = target_of(RowRef{nullptr, &process});
        targets.processes.push_back({target, process.threads, process.tgid == machine.own_tgid, std::nullopt});
    }
}

}  // namespace

std::vector<RowRef> chosen_rows(const ViewState& state, const Report& report) {
    std::vector<RowRef> rows;
    if (const std::optional<ThreadKey> thread = thread_on(state)) {
        for (const ThreadRow& row : report.threads) {
            if (key_of(*row.now) == *thread) {
                rows.push_back({&row, &report.processes[row.process]});
            }
        }
    } else {
        RowList list(report, state.overview);
        if (state.overview.tagged.empty()) {
            rows = list.rows(place(list, state.overview, page_rows(state, report)).cursor, 1);
        } else {
            rows = list.rows(0, list.size());
            std::erase_if(rows, [&](const RowRef& row) {
                return std::ranges::find(state.overview.tagged, key_of(row)) == state.overview.tagged.end();
            });
        }
    }
    std::erase_if(rows, [](const RowRef& row) { return row.group != nullptr || is_over(row); });
    return rows;
}

SignalTargets signal_targets(const std::vector<RowRef>& rows, const Machine& machine) {
    SignalTargets targets;
    bool only_threads = true;
    for (const RowRef& row : rows) {
        if (is_kernel_thread(row)) {
            ++targets.kernel_threads;
        } else if (!is_zombie(row)) {
            add_process(targets, *row.process, machine);
            only_threads = only_threads && row.thread != nullptr;
            targets.threads.push_back(target_of(row));
        }
    }
    if (!only_threads) {
        targets.threads.clear();
    }
    return targets;
}

void look_up_handling(SignalTargets& targets, const Machine& machine) {
    if (!machine.signal_handling) {
        return;
    }
    const std::uint32_t tid = targets.threads.size() == 1 ? targets.threads.front().tid : 0;
    std::size_t asked = 0;
    for (SignalProcess& process : targets.processes) {
        process.handling = ++asked <= kMostAsked ? machine.signal_handling(process.target.tgid, tid) : std::nullopt;
    }
}

std::string no_target_text(const std::vector<RowRef>& rows) {
    if (rows.empty()) {
        return "no live thread is selected";
    }
    const Thread& first = thread_of(rows.front());
    const std::string name = fmt::format("{} ({})", comm_of(first), first.tid);
    if (is_kernel_thread(rows.front())) {
        return rows.size() == 1 ? fmt::format("{} is a kernel thread: signals do nothing to it", name)
                                : "kernel threads: signals do nothing to them";
    }
    return rows.size() == 1 ? fmt::format("{} is a zombie: it has ended, signals do nothing to it", name)
                            : "zombies: they have ended, signals do nothing to them";
}

}  // namespace tsa
