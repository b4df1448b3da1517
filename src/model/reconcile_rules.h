// SPDX-License-Identifier: MIT
// The rules of reconcile(): whether a difference between the probes and taskstats is within the tolerance, or what
// explains it. Called by reconcile.cpp for each pair of which both sides are known. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "base/saturating.h"
#include "model/reconcile.h"

namespace tsa {

/// The probes' data on some states: waits that ended, and the two that were open in the samples.
struct WaitSpan {
    std::uint64_t closed_ns = 0;  ///< of waits that ended in the interval, with any part before it
    std::uint64_t open_before_ns = 0;
    std::uint64_t open_now_ns = 0;
    std::uint64_t entries = 0;
    bool began_unseen = false;  ///< the wait open in the first sample is older than the probes

    /// Time within the interval.
    [[nodiscard]] std::uint64_t shown_ns() const { return saturating_sub(closed_ns + open_now_ns, open_before_ns); }
    /// The maximum growth of a counter that is updated when waits end.
    [[nodiscard]] std::uint64_t most_ns() const { return closed_ns + open_now_ns; }
};

[[nodiscard]] WaitSpan span_of(const ReconcileInput& input, std::initializer_list<ThreadState> states);

/// The state on the left of a pair.
[[nodiscard]] ThreadState state_of(Pair pair);

struct Judgment {
    Verdict verdict = Verdict::disagree;
    Reason reason = Reason::none;
};

/// `taskstats_ns`: what taskstats added in the interval. The other side is in `input`, whose `delays` are not null.
[[nodiscard]] Judgment judge(const ReconcileInput& input, Pair pair, std::uint64_t taskstats_ns);

}  // namespace tsa
