// SPDX-License-Identifier: MIT
// Arrows of wakeups in chrome_trace.h: from the thread that ended a wait to the one that waited. A reader of the format
// draws an arrow between the slices that enclose its ends ("bp":"e"), so each end is inside its thread's slices.
#include <algorithm>

#include "base/saturating.h"
#include "model/wakers.h"
#include "output/chrome_trace.h"

namespace tsa {

const ChromeTraceWriter::Track* ChromeTraceWriter::track_at(const Thread& thread, std::uint64_t at_ns) const {
    const auto found = tracks_.find(track_key(pid_of(thread), thread.tid));
    const bool is_inside = found != tracks_.end() && found->second.begin_ns <= at_ns && at_ns < found->second.end_ns;
    return is_inside ? &found->second : nullptr;
}

void ChromeTraceWriter::put_flow(const Track& from, const Track& to, std::uint64_t at_ns) {
    constexpr std::string_view kName = "wakeup";
    ++progress_.flows;
    for (const bool is_start : {true, false}) {
        start_event(is_start ? "s" : "f", kName, is_start ? from.pid : to.pid, is_start ? from.tid : to.tid);
        put_key(json_, "cat");
        put_text(json_, kName);
        put(json_, "id", progress_.flows);
        put_time("ts", at_ns);
        if (!is_start) {
            put_key(json_, "bp");
            put_text(json_, "e");
        }
        end_event();
    }
}

/// Of each thread and waker the last wakeup in the interval.
void ChromeTraceWriter::put_wakeups(const Report& report) {
    if (report.wakers == nullptr) {
        return;
    }
    for (const ThreadRow& row : report.threads) {
        const WokenTable* woken = row.quiet ? nullptr : report.wakers->woken(key_of(*row.now));
        if (woken == nullptr) {
            continue;
        }
        for (const WokenBy& by : woken->wakers) {
            const ThreadRow* waker = by.who.kind == WakerKind::thread ? threads_.find(by.who.tid) : nullptr;
            if (waker == nullptr || key_of(*waker->now) != by.who.key()) {
                continue;
            }
            const std::uint64_t at_ns = saturating_sub(by.who.at_ns, origin_ns_);
            const Track* from = track_at(*waker->now, at_ns);
            const Track* to = track_at(*row.now, at_ns);
            if (from != nullptr && to != nullptr && from != to) {
                put_flow(*from, *to, at_ns);
            }
        }
    }
}

}  // namespace tsa
