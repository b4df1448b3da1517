// SPDX-License-Identifier: MIT
// See stuck.h.
#include "model/stuck.h"

#include "base/saturating.h"

namespace tsa {

std::optional<ThreadState> stuck_in(const WatchedThread& watched) {
    const Thread& thread = watched.last;
    if (watched.ended || watched.missing || !watched.seen) {
        return std::nullopt;
    }
    const bool old =
        (thread.measured & kMeasuredAge) != 0 && saturating_sub(watched.now_ns, thread.since_ns) >= kStuckNs;
    if (old && is_delay(thread.state)) {
        return waits_for_work_in_d(thread, thread.state) ? std::nullopt : std::optional(thread.state);
    }
    const PerState<double> ns = watched.between(saturating_sub(watched.now_ns, kStuckNs), watched.now_ns);
    const double least = kStuckShare * static_cast<double>(kStuckNs);
    for (const StateInfo& state : state_table()) {
        const bool counts =
            state.is_delay && state.state != ThreadState::io_wait && state.state != ThreadState::cpu_wait;
        if (counts && ns[index(state.state)] >= least) {
            return state.state;
        }
    }
    return std::nullopt;
}

}  // namespace tsa
