// What the kernel's delay accounting says of some threads at the two ends of an interval. Filled by the loops for the
// threads that are on the screen or asked for; read by columns, outputs and reconcile(). Pure data.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/taskstats.h"
#include "model/thread.h"

namespace tsa {

/// One thread's replies. Cumulative since its birth; what fell into the interval is `now - before`.
struct ThreadDelays {
    ThreadKey key;
    bool has_before = false;  ///< false: asked for the first time, or born inside the interval (then before is all 0)
    TaskStats before, now;
    std::uint64_t before_at_ns = 0;  ///< CLOCK_MONOTONIC when `before` had been answered; 0 without it
    std::uint64_t now_at_ns = 0;
};

/// Replies of one interval, found by thread.
class DelayTable {
  public:
    /// Null when this thread was not asked for, or has ended.
    [[nodiscard]] const ThreadDelays* find(const ThreadKey& key) const;
    [[nodiscard]] std::span<const ThreadDelays> all() const { return entries_; }

    /// Takes the replies up; orders them. Allocates nothing beyond the largest number so far.
    void assign(std::vector<ThreadDelays>& entries);
    void clear() { entries_.clear(); }

    DelayAccounting accounting;
    /// How old the kernel's run time of a running thread may be: see ReconcileInput.
    std::uint64_t run_time_age_ns = 10'000'000;
    std::string unavailable;  ///< in words, with what would help: no rights, no such kernel option; empty: it works

  private:
    std::vector<ThreadDelays> entries_;  // by TID, then start time
};

/// Growth of one delay over the interval. Absent as delay_absence() says, and without a reply from its start.
[[nodiscard]] std::optional<std::uint64_t> delay_growth_ns(const ThreadDelays& delays, DelayKind kind,
                                                           const DelayAccounting& accounting);

}  // namespace tsa
