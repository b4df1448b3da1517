// SPDX-License-Identifier: MIT
// See reconcile.h. Which two numbers are compared, and why one of them may be absent; what explains a difference is in
// reconcile_rules.cpp.
#include "model/reconcile.h"

#include "base/saturating.h"
#include "model/reconcile_rules.h"

namespace tsa {

namespace {

Reason reason_of(DelayAbsence absence) {
    switch (absence) {
        case DelayAbsence::none:
            return Reason::none;
        case DelayAbsence::kernel_lacks_it:
        case DelayAbsence::not_compiled:
            return Reason::kernel_lacks_it;
        case DelayAbsence::accounting_off:
            return Reason::accounting_off;
        case DelayAbsence::thread_is_older:
        case DelayAbsence::thread_may_be_older:
            return Reason::older_thread;
    }
    return Reason::no_reply;
}

DelayKind kind_of(Pair pair) {
    switch (pair) {
        case Pair::exec:  // as reliable as the run-queue delay: both are the scheduler's own counters
        case Pair::cpu_wait:
            return DelayKind::cpu;
        case Pair::io_wait:
            return DelayKind::blkio;
        case Pair::swap_wait:
            return DelayKind::swapin;
    }
    return DelayKind::cpu;
}

std::optional<std::uint64_t> taskstats_growth_ns(const ReconcileInput& input, Pair pair) {
    const ThreadDelays& delays = *input.delays;
    std::optional<std::uint64_t> growth = delay_growth_ns(delays, kind_of(pair), input.accounting);
    if (growth && pair == Pair::exec) {
        growth = saturating_sub(delays.now.cpu_run_virtual_ns, delays.before.cpu_run_virtual_ns);
    } else if (growth && pair == Pair::swap_wait) {
        *growth += delay_growth_ns(delays, DelayKind::thrashing, input.accounting).value_or(0);
    }
    return growth;
}

Reason absence_of(const ReconcileInput& input, Pair pair) {
    if (input.delays == nullptr) {
        return Reason::no_reply;
    }
    const Reason reason =
        reason_of(delay_absence(input.delays->now, kind_of(pair), input.accounting, input.delays->key.start_time_ns));
    return reason != Reason::none ? reason : Reason::no_reply;
}

Comparison compare(const ReconcileInput& input, Pair pair) {
    Comparison out;
    out.pair = pair;
    if ((input.now->measured & measured_bit(state_of(pair))) != 0) {
        out.probes_ns = span_of(input, {state_of(pair)}).shown_ns();
    }
    if (input.delays != nullptr) {
        out.taskstats_ns = taskstats_growth_ns(input, pair);
    }
    if (!out.taskstats_ns) {
        out.reason = absence_of(input, pair);
    } else if (!out.probes_ns) {
        out.reason = Reason::not_measured;
    } else {
        out.difference_ns = static_cast<std::int64_t>(*out.taskstats_ns) - static_cast<std::int64_t>(*out.probes_ns);
        const Judgment found = judge(input, pair, *out.taskstats_ns);
        out.verdict = found.verdict;
        out.reason = found.reason;
    }
    return out;
}

}  // namespace

std::array<Comparison, kPairCount> reconcile(const ReconcileInput& input) {
    return {compare(input, Pair::exec), compare(input, Pair::cpu_wait), compare(input, Pair::io_wait),
            compare(input, Pair::swap_wait)};
}

}  // namespace tsa
