// SPDX-License-Identifier: MIT
// See wait_rows.h.
#include "tui/thread/wait_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/columns.h"
#include "model/descriptor.h"

namespace tsa {
namespace {

struct Merged {
    std::string what;
    WaitTotals totals;
    bool open = false;
    bool open_is_worst = false;
};

std::string descriptor_words(std::string_view call, std::int32_t fd, const std::vector<DescriptorName>& descriptors) {
    const auto known = std::ranges::find(descriptors, fd, &DescriptorName::fd);
    if (known == descriptors.end() || known->name.empty()) {
        return fmt::format("{} fd {}", call, fd);
    }
    // "epoll_wait eventpoll" would be redundant.
    const bool said = call.starts_with("epoll") || call.starts_with(known->name);
    return said ? std::string(call) : fmt::format("{} {}", call, known->name);
}

bool is_waiting(const WatchedThread& watched) {
    const ThreadState state = watched.last.state;
    return watched.seen && !watched.ended && !watched.missing && state != ThreadState::exec &&
           state != ThreadState::zombie && (watched.last.measured & kMeasuredAge) != 0;
}

Merged& find_or_add(std::vector<Merged>& merged, std::string what, const WaitKind& kind) {
    for (Merged& row : merged) {
        if (row.totals.kind.state == kind.state && row.what == what) {
            return row;
        }
    }
    merged.emplace_back();
    merged.back().what = std::move(what);
    merged.back().totals.kind = kind;
    return merged.back();
}

WaitTotals open_wait(const WatchedThread& watched) {
    const Thread& thread = watched.last;
    WaitTotals open;
    open.kind.state = thread.state;
    open.kind.throttled = open_part(thread) == Part::throttled;
    open.kind.preempted = open_part(thread) == Part::preempted;
    open.kind.wait = is_blocked(thread.state) ? thread.wait : Wait{};
    open.count = 1;
    open.total_ns = closed_at_ns(thread, watched.now_ns) - thread.since_ns;
    open.max_ns = open.total_ns;
    open.max_at_ns = watched.now_ns;
    ++open.lengths[wait_bucket(open.total_ns)];
    return open;
}

}  // namespace

std::string wait_words(const WaitKind& kind, bool kernel_thread, const std::vector<DescriptorName>& descriptors) {
    if (kind.others) {
        return "all other waits";
    }
    if (kind.state == ThreadState::cpu_wait) {
        return kind.throttled ? "cpu: throttled" : kind.preempted ? "cpu: preempted" : "cpu: woken";
    }
    Thread thread;
    thread.state = kind.state;
    thread.kernel = kernel_thread;
    thread.wait = kind.wait;
    const Value on = is_blocked(kind.state) ? wait_on(thread) : Value{};
    if (!on.present()) {
        return std::string(info(kind.state).label);
    }
    const std::uint64_t argument = kind.wait.args[0];
    if (const auto fd = descriptor_of(kind.wait)) {
        return descriptor_words(on.text, *fd, descriptors);
    }
    if (kind.state == ThreadState::lock_wait) {
        const std::string_view lock = kind.wait.kernel_lock ? "" : " lock";
        return argument != 0 ? fmt::format("{}{} {:#x}", on.text, lock, argument) : fmt::format("{}{}", on.text, lock);
    }
    if (argument != 0 && (on.text == "futex" || on.text == "futex_wait")) {
        return fmt::format("{} {:#x}", on.text, argument);
    }
    return std::string(on.text);
}

std::vector<WaitRow> wait_rows(const ThreadDetail& detail, const WatchedThread* thread) {
    const bool kernel = thread != nullptr && thread->last.kernel;
    std::vector<Merged> merged;
    for (const WaitTotals& totals : detail.waits.kinds) {
        Merged& row = find_or_add(merged, wait_words(totals.kind, kernel, detail.descriptors), totals.kind);
        merge_waits(row.totals, totals);
    }
    if (thread != nullptr && is_waiting(*thread)) {
        const WaitTotals open = open_wait(*thread);
        Merged& row = find_or_add(merged, wait_words(open.kind, kernel, detail.descriptors), open.kind);
        row.open = true;
        row.open_is_worst = open.max_ns >= row.totals.max_ns;
        merge_waits(row.totals, open);
    }
    const bool is_bound = thread != nullptr && thread->last.since_is_upper_bound;
    std::vector<WaitRow> rows;
    rows.reserve(merged.size());
    for (Merged& each : merged) {
        const WaitTotals& totals = each.totals;
        WaitRow row;
        row.state = totals.kind.state;
        row.what = std::move(each.what);
        row.count = totals.count;
        row.total_ns = totals.total_ns;
        row.max_ns = totals.max_ns;
        row.mean_ns = totals.count > 0 ? std::optional(totals.total_ns / totals.count) : std::nullopt;
        row.p50_ns = wait_quantile_ns(totals, 0.5);
        row.p99_ns = wait_quantile_ns(totals, 0.99);
        row.worst_at_ns = totals.max_at_ns;
        row.open = each.open;
        row.open_is_worst = each.open_is_worst;
        row.open_is_lower_bound = each.open && is_bound;
        rows.push_back(std::move(row));
    }
    std::ranges::sort(rows, [](const WaitRow& left, const WaitRow& right) {
        return left.total_ns != right.total_ns ? left.total_ns > right.total_ns : left.what < right.what;
    });
    return rows;
}

}  // namespace tsa
