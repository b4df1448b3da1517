// SPDX-License-Identifier: MIT
// When a thread is stuck: it spends almost all of its time in one delay state. The rule of the reports' finding, and of
// the drill-down for a thread that is watched.
#pragma once

#include <cstdint>
#include <optional>

#include "model/history.h"
#include "model/report.h"

namespace tsa {

/// Stuck: this share of at least that time in one delay state.
inline constexpr double kStuckShare = 0.95;
inline constexpr std::uint64_t kStuckNs = 10'000'000'000;

/// A kernel thread that has been in D since before it was watched waits for work that way.
[[nodiscard]] inline bool waits_for_work_in_d(const Thread& thread, ThreadState state) {
    return thread.kernel && state == ThreadState::uninterruptible && thread.since_is_upper_bound;
}

/// The delay state in which a watched thread has been stuck up to now: in one wait, or in several. Many waits for I/O
/// are work, and many for a CPU may be its fair share: these two states count only as one wait. Absent: it is not
/// stuck, or has not been watched for long enough.
[[nodiscard]] std::optional<ThreadState> stuck_in(const WatchedThread& watched);

}  // namespace tsa
