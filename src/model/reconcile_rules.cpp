// SPDX-License-Identifier: MIT
// See reconcile_rules.h. Each pair has its own rule: within the tolerance they agree; else each reason that the data
// supports may explain as much as its own bound allows.
//
// Observed on Linux 6.18; the rules are based on this:
// - A wait is added to taskstats when it ends, with its whole length, including the part before the interval. The
//   probes' closed time does the same, so the open waits of the two samples are exactly what taskstats may lack or have
//   in addition.
// - Run-queue time is the exception: a waiting thread that is moved to another CPU is counted up to the move.
// - sum_exec_runtime lags by up to a tick while the thread runs, and excludes stolen time.
// - A wakeup that makes the CPU switch reads the run queue's clock once, for the wakeup and the switch. From an idle
//   CPU, about 10 µs per wakeup are run time to the kernel and cpu_wait to the probes. The sum of both is the same.
// - swapin_delay is the time to start the read; the wait for the page is in blkio_delay (74.98 ms there, 75.88 ms of
//   swap_wait, 2,605 swap-ins of a file). A read from zram is complete once started: all of it is in swapin_delay. For
//   a page that was in use when it was written out, the start of the read is also in thrashing_delay (seen on 6.12: 498
//   ms of both in 464 ms), so the two overlap, and neither alone exceeds what the thread ran or waited.
// - blkio_delay has two faults since 6.12, where a thread that blocks after using more than its share of the CPU is
//   dequeued late. Only then does its wait start, and the kernel stores the start time in the thread that is on the CPU
//   by then. So the wait ends with an older start, or a start of 0: far too long. And a thread that is woken before it
//   was dequeued never counts that wait. Observed: 7.7 s of blkio_delay in a lifetime of 5.3 s.
#include "model/reconcile_rules.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "model/columns.h"

namespace tsa {

namespace {

/// The share of the interval by which two sources that measure the same may differ.
constexpr std::uint64_t kTolerancePerMille = 10;
/// The kernel and the probes read the clock at different places of one switch: 0.3 µs apart in a pipe's ping-pong.
constexpr std::uint64_t kSwitchSlackNs = 1'000;
/// Between the end of a wait in the kernel's accounting and the wakeup that the probes see is the interrupt to another
/// CPU: 13 µs on average on a loaded virtual machine.
constexpr std::uint64_t kWakeupSlackNs = 20'000;
/// Between the end of a thread's run time (the start of its wait) in the kernel's accounting and sched_switch is the
/// search for other work: 5 µs on average if the CPU goes idle.
constexpr std::uint64_t kBlockSlackNs = 10'000;
/// How long a thread that has blocked may stay on its run queue: until the others have run.
constexpr std::uint64_t kLateDequeueNs = 100'000'000;
/// The most interrupts that one CPU is assumed to serve, as a multiple of the average.
constexpr std::uint64_t kUnevenIrqs = 4;
/// How much more may have been taken than /proc/stat shows: it counts in steps of 10 ms, and stolen time at the next
/// tick, which may be in the next interval.
constexpr std::uint64_t kProcStatSlackNs = 20'000'000;

std::uint64_t abs_diff(std::uint64_t left, std::uint64_t right) {
    return left > right ? left - right : right - left;
}

}  // namespace

WaitSpan span_of(const ReconcileInput& input, std::initializer_list<ThreadState> states) {
    WaitSpan span;
    for (const ThreadState state : states) {
        const std::size_t i = index(state);
        span.closed_ns += input.now->ns[i] - (input.before != nullptr ? input.before->ns[i] : 0);
        span.entries += input.now->entries[i] - (input.before != nullptr ? input.before->entries[i] : 0);
        if (input.now->state == state) {
            span.open_now_ns = closed_at_ns(*input.now, input.now_ns) - input.now->since_ns;
        }
        if (input.before != nullptr && input.before->state == state) {
            span.open_before_ns = closed_at_ns(*input.before, input.before_ns) - input.before->since_ns;
            span.began_unseen = input.before->since_is_upper_bound;
            ++span.entries;  // the wait that was open: it is counted when it ends
        }
    }
    return span;
}

ThreadState state_of(Pair pair) {
    switch (pair) {
        case Pair::exec:
            return ThreadState::exec;
        case Pair::cpu_wait:
            return ThreadState::cpu_wait;
        case Pair::io_wait:
            return ThreadState::io_wait;
        case Pair::swap_wait:
            return ThreadState::swap_wait;
    }
    return ThreadState::exec;
}

namespace {

/// One pair of one thread during its evaluation.
class Judge {
  public:
    Judge(const ReconcileInput& input, Pair pair, std::uint64_t taskstats_ns)
        : input_(input), span_(span_of(input, {state_of(pair)})), taskstats_ns_(taskstats_ns) {
        const std::uint64_t began_ns =
            input.before == nullptr ? std::max(input.before_ns, input.now->first_seen_ns) : input.before_ns;
        wall_ns_ = saturating_sub(input.now_ns, began_ns);
        tolerance_ns_ = wall_ns_ * kTolerancePerMille / 1000;
        const ThreadDelays& delays = *input.delays;
        // Started inside the interval: its counters started at 0, which is exact.
        const std::uint64_t gap_before_ns =
            delays.before_at_ns != 0 ? abs_diff(input.before_ns, delays.before_at_ns) : 0;
        gap_ns_ = std::max(gap_before_ns, abs_diff(input.now_ns, delays.now_at_ns));
    }

    [[nodiscard]] Judgment judge(Pair pair) {
        const Judgment found = judge_once(pair);
        if (found.verdict != Verdict::disagree || gap_ns_ == 0) {
            return found;
        }
        // Anything between sample and reply may be in either: the same rules, with that time added to the tolerance.
        tolerance_ns_ += gap_ns_;
        const Judgment wider = judge_once(pair);
        return wider.verdict == Verdict::agree ? because(Reason::readings_apart) : wider;
    }

  private:
    [[nodiscard]] static Judgment because(Reason reason) { return {Verdict::explained, reason}; }
    [[nodiscard]] static Judgment unknown() { return {Verdict::disagree, Reason::none}; }
    [[nodiscard]] static Judgment impossible() { return {Verdict::disagree, Reason::impossible_value}; }

    [[nodiscard]] Judgment judge_once(Pair pair) const {
        if (within(span_.shown_ns(), span_.shown_ns())) {
            return {Verdict::agree, Reason::none};
        }
        switch (pair) {
            case Pair::exec:
                return judge_exec();
            case Pair::cpu_wait:
                return judge_cpu_wait();
            case Pair::io_wait:
                return judge_io_wait();
            case Pair::swap_wait:
                return judge_swap_wait();
        }
        return unknown();
    }
    [[nodiscard]] std::uint64_t difference_ns() const { return abs_diff(span_.shown_ns(), taskstats_ns_); }
    /// Taskstats is between the two, within the tolerance.
    [[nodiscard]] bool within(std::uint64_t low_ns, std::uint64_t high_ns) const {
        return taskstats_ns_ + tolerance_ns_ >= low_ns && taskstats_ns_ <= high_ns + tolerance_ns_;
    }
    [[nodiscard]] bool lower() const { return taskstats_ns_ < span_.shown_ns(); }
    [[nodiscard]] bool by_switch_clocks(std::uint64_t switches) const {
        return difference_ns() <= tolerance_ns_ + switches * kSwitchSlackNs;
    }
    [[nodiscard]] std::uint64_t growth_ns(DelayKind kind) const {
        return delay_growth_ns(*input_.delays, kind, input_.accounting).value_or(0);
    }
    /// The growth of taskstats includes neither, one or both of the waits that were open in the samples.
    [[nodiscard]] bool by_open_waits() const {
        const std::uint64_t closed = span_.closed_ns;
        const std::uint64_t without = saturating_sub(closed, span_.open_before_ns);
        return within(closed, closed) || within(without, without) ||
               within(closed + span_.open_now_ns, closed + span_.open_now_ns);
    }
    /// A wait that started before the probes ended: they have only its last part, taskstats all of it.
    [[nodiscard]] bool by_unseen_beginning() const {
        const bool ended = span_.began_unseen && input_.now->since_ns != input_.before->since_ns;
        return ended && !lower() && taskstats_ns_ <= input_.delays->now.elapsed_ns.value_or(taskstats_ns_);
    }

    /// The most that interrupts and the hypervisor can have taken from its run time. Interrupts are known per thread
    /// where they are accounted; stolen time only machine-wide.
    [[nodiscard]] std::uint64_t taken_ns() const {
        const std::uint64_t counted_ns = input_.irq_and_steal_ns.value_or(0);
        const std::uint64_t total = counted_ns == 0 ? 0 : counted_ns + kProcStatSlackNs;
        const std::uint64_t fair = total / std::max<std::uint32_t>(input_.cpus, 1);
        return growth_ns(DelayKind::irq) + std::min(total, kUnevenIrqs * fair);
    }
    /// How far the kernel and the probes differ on the time from a wakeup to the CPU.
    struct Wakeups {
        std::uint64_t count = 0;
        std::uint64_t waited_ns = 0;        ///< the part of cpu_wait that began with a wakeup
        std::uint64_t missing_wait_ns = 0;  ///< how much less run-queue time the kernel has
        std::uint64_t more_run_ns = 0;      ///< how much more run time it has, or would have without the time taken
        std::uint64_t open_ns = 0;          ///< how stale that run time may be
    };
    [[nodiscard]] Wakeups wakeups() const;
    [[nodiscard]] bool is_run_time_of_wakeups() const;
    [[nodiscard]] bool is_wait_of_wakeups() const;
    [[nodiscard]] bool is_end_of_waits() const;
    [[nodiscard]] Judgment judge_exec() const;
    [[nodiscard]] Judgment judge_cpu_wait() const;
    [[nodiscard]] Judgment judge_io_wait() const;
    [[nodiscard]] Judgment judge_swap_wait() const;
    [[nodiscard]] bool waits_in(std::initializer_list<std::string_view> calls) const;
    /// All waits that the kernel counts as block I/O.
    [[nodiscard]] WaitSpan io_waits() const {
        return span_of(input_, {ThreadState::io_wait, ThreadState::swap_wait, ThreadState::mem_wait});
    }

    const ReconcileInput& input_;
    WaitSpan span_;
    std::uint64_t taskstats_ns_;
    std::uint64_t wall_ns_ = 0;
    std::uint64_t tolerance_ns_ = 0;
    std::uint64_t gap_ns_ = 0;
};

Judge::Wakeups Judge::wakeups() const {
    const WaitSpan exec = span_of(input_, {ThreadState::exec});
    const WaitSpan wait = span_of(input_, {ThreadState::cpu_wait});
    const Thread* before = input_.before;
    const auto grown_ns = [&](Part part) {
        return input_.now->part_ns[part] - (before != nullptr ? before->part_ns[part] : 0);
    };
    const std::uint64_t preempted = input_.now->preempted_entries - (before != nullptr ? before->preempted_entries : 0);
    Wakeups out;
    out.count = saturating_sub(wait.entries, preempted);
    out.waited_ns = saturating_sub(wait.most_ns(), grown_ns(Part::preempted) + grown_ns(Part::throttled));
    out.missing_wait_ns = saturating_sub(wait.shown_ns(), growth_ns(DelayKind::cpu));
    const std::uint64_t run_ns =
        saturating_sub(input_.delays->now.cpu_run_virtual_ns, input_.delays->before.cpu_run_virtual_ns);
    out.more_run_ns = saturating_sub(run_ns + taken_ns(), exec.shown_ns());
    out.open_ns = std::min(exec.open_before_ns + exec.open_now_ns, input_.run_time_age_ns);
    return out;
}

/// More run time: the missing part of the wait for the CPU, and a bit of each wait before it.
bool Judge::is_run_time_of_wakeups() const {
    const Wakeups found = wakeups();
    return !lower() && difference_ns() <= std::min(found.missing_wait_ns, found.waited_ns) +
                                              found.count * kWakeupSlackNs + tolerance_ns_ + found.open_ns;
}

/// Less waiting for the CPU: at most the wait after wakeups, and a bit of each, or it is counted as run time.
bool Judge::is_wait_of_wakeups() const {
    const Wakeups found = wakeups();
    return lower() && difference_ns() <= found.waited_ns + tolerance_ns_ &&
           difference_ns() <= std::max(found.count * kWakeupSlackNs, found.more_run_ns + found.open_ns) + tolerance_ns_;
}

/// Waits that end slightly earlier: again counted as run time.
bool Judge::is_end_of_waits() const {
    const Wakeups found = wakeups();
    return lower() && difference_ns() <= span_.entries * kWakeupSlackNs + tolerance_ns_ &&
           difference_ns() <= found.more_run_ns + tolerance_ns_ + found.open_ns;
}

Judgment Judge::judge_exec() const {
    const std::uint64_t shown = span_.shown_ns();
    const std::uint64_t behind_now = std::min(span_.open_now_ns, input_.run_time_age_ns);
    const std::uint64_t behind_before = std::min(span_.open_before_ns, input_.run_time_age_ns);
    if (within(saturating_sub(shown, behind_now), shown + behind_before)) {
        return because(Reason::between_ticks);
    }
    if (is_run_time_of_wakeups()) {
        return because(Reason::wakeup_as_exec);
    }
    const WaitSpan waits = io_waits();
    const std::uint64_t early_ns =
        std::min(saturating_sub(growth_ns(DelayKind::blkio), waits.most_ns()), waits.entries * kBlockSlackNs);
    if (by_switch_clocks(span_.entries) || (lower() && difference_ns() <= tolerance_ns_ + behind_now + early_ns)) {
        return because(Reason::switch_clocks);
    }
    if (lower() && within(saturating_sub(shown, taken_ns() + behind_now), shown)) {
        return because(Reason::irq_or_steal);
    }
    return taskstats_ns_ > wall_ns_ + behind_before + tolerance_ns_ ? impossible() : unknown();
}

Judgment Judge::judge_cpu_wait() const {
    // A thread that was moved to another CPU while waiting is counted up to the move: any part of an open wait may be
    // included.
    if (within(saturating_sub(span_.closed_ns, span_.open_before_ns), span_.most_ns()) || by_unseen_beginning()) {
        return because(Reason::open_wait);
    }
    if (is_wait_of_wakeups()) {
        return because(Reason::wakeup_as_exec);
    }
    if (by_switch_clocks(span_.entries)) {
        return because(Reason::switch_clocks);
    }
    return taskstats_ns_ > wall_ns_ + span_.open_before_ns + tolerance_ns_ ? impossible() : unknown();
}

bool Judge::waits_in(std::initializer_list<std::string_view> calls) const {
    const auto waits = [&](const Thread* thread) {
        return thread != nullptr && !thread->wait.compat &&
               std::ranges::find(calls, syscall_name(thread->wait.syscall)) != calls.end();
    };
    return waits(input_.now) || waits(input_.before);
}

Judgment Judge::judge_io_wait() const {
    if (by_open_waits() || by_unseen_beginning()) {
        return because(Reason::open_wait);
    }
    if (by_switch_clocks(span_.entries)) {
        return because(Reason::switch_clocks);
    }
    if (is_end_of_waits()) {
        return because(Reason::wakeup_as_exec);
    }
    if (lower() && waits_in({"io_uring_enter", "io_getevents", "io_pgetevents"})) {
        return because(Reason::request_wait_uncounted);
    }
    if (lower()) {
        const std::uint64_t counted =
            saturating_sub(input_.delays->now.delay(DelayKind::blkio).value_or(Delay{}).count,
                           input_.delays->before.delay(DelayKind::blkio).value_or(Delay{}).count);
        const std::uint64_t ended = saturating_sub(span_.entries, span_.open_now_ns != 0 ? 1 : 0);
        const std::uint64_t missed = saturating_sub(ended, counted);
        return difference_ns() <= missed * kLateDequeueNs ? because(Reason::missed_waits) : unknown();
    }
    if (within(span_.shown_ns(), span_.most_ns() + span_.entries * kBlockSlackNs)) {
        return because(Reason::switch_clocks);
    }
    const WaitSpan waits = io_waits();
    const std::uint64_t waits_ns = waits.most_ns() + waits.entries * kBlockSlackNs;
    if (within(span_.shown_ns(), waits_ns)) {
        return because(Reason::swap_in_as_io);
    }
    const WaitSpan asleep = span_of(input_, {ThreadState::sleep, ThreadState::idle});
    if (waits_in({"io_uring_enter"}) && within(span_.shown_ns(), waits_ns + asleep.most_ns())) {
        return because(Reason::ring_wait_as_io);
    }
    const WaitSpan blocked = span_of(input_, {ThreadState::io_wait, ThreadState::swap_wait, ThreadState::mem_wait,
                                              ThreadState::lock_wait, ThreadState::uninterruptible});
    return taskstats_ns_ > blocked.most_ns() + tolerance_ns_ ? impossible() : unknown();
}

Judgment Judge::judge_swap_wait() const {
    if (by_open_waits() || by_unseen_beginning()) {
        return because(Reason::open_wait);
    }
    if (lower()) {
        const WaitSpan io = span_of(input_, {ThreadState::io_wait});
        const std::uint64_t missing = saturating_sub(span_.shown_ns(), taskstats_ns_);
        const bool in_blkio = growth_ns(DelayKind::blkio) + tolerance_ns_ >= io.closed_ns + missing;
        return in_blkio ? because(Reason::swap_in_as_io) : unknown();
    }
    const WaitSpan fault = span_of(input_, {ThreadState::swap_wait, ThreadState::exec, ThreadState::cpu_wait,
                                            ThreadState::io_wait, ThreadState::mem_wait});
    const std::uint64_t longer_ns = std::max(growth_ns(DelayKind::swapin), growth_ns(DelayKind::thrashing));
    return longer_ns <= fault.most_ns() + tolerance_ns_ ? because(Reason::synchronous_swap_in) : impossible();
}

}  // namespace

Judgment judge(const ReconcileInput& input, Pair pair, std::uint64_t taskstats_ns) {
    return Judge(input, pair, taskstats_ns).judge(pair);
}

}  // namespace tsa
