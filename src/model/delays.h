// SPDX-License-Identifier: MIT
// The kernel's delay accounting of some threads at the two ends of an interval. Filled by the loops for the threads
// that are on the screen or requested; read by columns, outputs and reconcile(). Pure data.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/taskstats.h"
#include "model/thread.h"

namespace tsa {

/// One thread's replies. Cumulative since the thread started; the interval's part is `now - before`.
struct ThreadDelays {
    ThreadKey key;
    bool has_before = false;  ///< false: first query, or started inside the interval (then `before` is all 0)
    TaskStats before, now;
    std::uint64_t before_at_ns = 0;  ///< CLOCK_MONOTONIC of the reply `before`; 0 without it
    std::uint64_t now_at_ns = 0;
};

/// Replies of one interval, by thread.
class DelayTable {
  public:
    /// Null if this thread was not queried, or has ended.
    [[nodiscard]] const ThreadDelays* find(const ThreadKey& key) const;
    [[nodiscard]] std::span<const ThreadDelays> all() const { return entries_; }

    /// Stores the replies, sorted. Does not allocate beyond the largest number so far.
    void assign(std::vector<ThreadDelays>& entries);
    void clear() { entries_.clear(); }

    DelayAccounting accounting;
    /// How old the kernel's run time of a running thread may be: see ReconcileInput.
    std::uint64_t run_time_age_ns = 10'000'000;
    std::string unavailable;  ///< as text, with a hint: no permission, no such kernel option; empty: it works

  private:
    std::vector<ThreadDelays> entries_;  // by TID, then start time
};

/// Growth of one delay over the interval. Absent where delay_absence() gives a reason, and without a reply from the
/// interval's start.
[[nodiscard]] std::optional<std::uint64_t> delay_growth_ns(const ThreadDelays& delays, DelayKind kind,
                                                           const DelayAccounting& accounting);

}  // namespace tsa
