// SPDX-License-Identifier: MIT
// See played_wakers.h.
#include "record/played_wakers.h"

#include <algorithm>

#include "base/saturating.h"
#include "record/waker_lines.h"

namespace tsa {

namespace {

bool is_same(const Waker& a, const Waker& b) {
    return a.kind == b.kind && a.key() == b.key() && a.comm == b.comm;
}

/// On CLOCK_MONOTONIC, by the end of the interval on both clocks.
std::uint64_t monotonic_ns(const Report& report, std::uint64_t end_unix_ns, std::uint64_t unix_ns) {
    return unix_ns <= end_unix_ns ? saturating_sub(report.now_ns, end_unix_ns - unix_ns) : report.now_ns;
}

}  // namespace

void PlayedWakers::add(const Wakeups& wakeups) {
    WokenTable& table = threads_[wakeups.thread].table;
    auto at = std::ranges::find_if(table.wakers, [&](const WokenBy& one) { return is_same(one.who, wakeups.who); });
    if (at == table.wakers.end()) {
        table.wakers.push_back({wakeups.who, 0, 0, 0, 0, 0});
        at = std::prev(table.wakers.end());
    }
    at->who.at_ns = std::max(at->who.at_ns, wakeups.who.at_ns);
    at->count += wakeups.count;
    at->total_ns += wakeups.total_ns;
    at->longest_ns = std::max(at->longest_ns, wakeups.longest_ns);
    if (wakeups.state == ThreadState::sync) {
        at->sync_count += wakeups.count;
        at->sync_ns += wakeups.total_ns;
    }
}

Result<void> PlayedWakers::read(const Report& report, std::uint64_t time_unix_ns) {
    threads_.clear();
    from_ns_ = saturating_sub(report.now_ns, report.interval_ns);
    TRY(lines_.read(time_unix_ns, [&](const LineReader& reader) {
        auto line = read_waker_line(reader);
        if (!line) {
            return false;
        }
        if (line->kind == WakerLine::Kind::wakeups) {
            line->wakeups.who.at_ns = monotonic_ns(report, time_unix_ns, line->last_unix_ns);
            add(line->wakeups);
        } else if (line->kind == WakerLine::Kind::exec_irq) {
            threads_[line->wakeups.thread].irq_ns += line->wakeups.total_ns;
        }
        return true;
    }));
    for (auto& [key, woken] : threads_) {
        woken.table.key = key;
        woken.table.since_ns = from_ns_;
        std::ranges::stable_sort(woken.table.wakers,
                                 [](const WokenBy& a, const WokenBy& b) { return a.total_ns > b.total_ns; });
    }
    return {};
}

std::optional<Waker> PlayedWakers::find(const Thread& thread) const {
    const WokenTable* table = woken(key_of(thread));
    if (table == nullptr || table->wakers.empty()) {
        return std::nullopt;
    }
    return std::ranges::max_element(table->wakers, {}, [](const WokenBy& one) { return one.who.at_ns; })->who;
}

const WokenTable* PlayedWakers::woken(const ThreadKey& thread) const {
    const auto found = threads_.find(thread);
    return found != threads_.end() ? &found->second.table : nullptr;
}

std::optional<std::uint64_t> PlayedWakers::irq_ns(const ThreadRow& row) const {
    const auto found = threads_.find(key_of(*row.now));
    const std::uint64_t ns = found != threads_.end() ? found->second.irq_ns : 0;
    return std::min(ns, row.state_ns[index(ThreadState::exec)]);
}

}  // namespace tsa
