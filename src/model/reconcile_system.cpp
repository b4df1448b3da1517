// SPDX-License-Identifier: MIT
// The machine's sums of reconcile.h: what all threads did, compared with /proc/stat and the pressure files.
#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "model/reconcile.h"

namespace tsa {

namespace {

/// Of the capacity of all CPUs in the interval.
constexpr double kTolerance = 0.01;
/// /proc/stat has hundredths of a second, per CPU and kind of time.
constexpr std::uint64_t kStatStepNs = 10'000'000;
/// The longest tick.
constexpr double kTickNs = 1e7;
/// Standard deviations of a share estimated from samples.
constexpr double kDeviations = 3.0;

std::uint64_t sum_of(const Report& report, std::initializer_list<ThreadState> states) {
    std::uint64_t sum_ns = 0;
    for (const ThreadState state : states) {
        sum_ns += report.total_ns[index(state)];
    }
    return sum_ns;
}

std::optional<std::uint64_t> part_of(std::uint64_t whole_ns, const std::optional<double>& percent) {
    return percent ? std::optional(static_cast<std::uint64_t>(*percent / 100.0 * static_cast<double>(whole_ns)))
                   : std::nullopt;
}

bool measured(const Report& report, std::initializer_list<ThreadState> states) {
    return std::all_of(states.begin(), states.end(),
                       [&](ThreadState state) { return (report.measured & measured_bit(state)) != 0; });
}

/// Both sides and their difference; the verdict is still open unless one of them is absent.
SystemComparison sides_of(const Report& report, SystemPair pair, std::initializer_list<ThreadState> states,
                          std::optional<std::uint64_t> kernel_ns) {
    SystemComparison out;
    out.pair = pair;
    out.kernel_ns = kernel_ns;
    if (measured(report, states)) {
        out.probes_ns = sum_of(report, states);
    }
    if (out.kernel_ns && out.probes_ns) {
        out.difference_ns = static_cast<std::int64_t>(*out.kernel_ns) - static_cast<std::int64_t>(*out.probes_ns);
    } else if (!out.probes_ns) {
        out.reason = Reason::not_measured;
    }
    return out;
}

void set(SystemComparison& out, Verdict verdict, Reason reason = Reason::none) {
    out.verdict = verdict;
    out.reason = reason;
}

/// The sum over all threads lacks the last part of each thread that ended, and every thread that no refresh saw. The
/// amount is unknown.
bool is_incomplete(const Report& report) {
    return report.source == Source::procfs;
}

/// The running thread is sampled once per tick: the standard error of the share from n samples is sqrt(p (1 - p) / n).
double sampling_error_ns(double share, double capacity_ns) {
    const double p = std::clamp(share, 0.0, 1.0);
    return kDeviations * std::sqrt(p * (1.0 - p) * capacity_ns * kTickNs);
}

SystemComparison compare_busy(const Report& report) {
    const std::uint64_t capacity_ns = report.interval_ns * report.system.cpus;
    std::optional<double> percent;
    if (report.system.user_pct && report.system.system_pct) {
        percent = *report.system.user_pct + *report.system.system_pct;
    }
    SystemComparison out = sides_of(report, SystemPair::busy, {ThreadState::exec}, part_of(capacity_ns, percent));
    if (!out.kernel_ns || !out.probes_ns) {
        return out;
    }
    // user, nice and system of each CPU are rounded to a step.
    const double tolerance_ns = kTolerance * static_cast<double>(capacity_ns) +
                                static_cast<double>(kStatStepNs * 2 * std::max(report.system.cpus, 1U));
    const auto difference_ns = static_cast<double>(out.difference_ns);
    const double taken_ns = static_cast<double>(report.system.irq_and_steal_ns.value_or(0));
    const double sampling_ns =
        sampling_error_ns(percent.value_or(0) / 100.0, static_cast<double>(capacity_ns)) + tolerance_ns;
    if (std::abs(difference_ns) <= tolerance_ns) {
        set(out, Verdict::agree);
    } else if (difference_ns < 0 && -difference_ns <= taken_ns + tolerance_ns) {
        set(out, Verdict::explained, Reason::irq_or_steal);
    } else if (difference_ns <= sampling_ns && -difference_ns <= sampling_ns + taken_ns) {
        set(out, Verdict::explained, Reason::tick_samples);
    } else if (is_incomplete(report) && difference_ns > 0) {
        set(out, Verdict::explained, Reason::unseen_threads);
    } else {
        set(out, Verdict::disagree);
    }
    return out;
}

/// Pressure is the time in which some thread waited: at most the sum of the waits of all.
SystemComparison compare_pressure(const Report& report, SystemPair pair, std::initializer_list<ThreadState> states,
                                  const std::optional<double>& stall_pct) {
    SystemComparison out = sides_of(report, pair, states, part_of(report.interval_ns, stall_pct));
    if (!out.kernel_ns || !out.probes_ns) {
        return out;
    }
    const auto tolerance_ns = static_cast<std::uint64_t>(kTolerance * static_cast<double>(report.interval_ns));
    const std::uint64_t on_cpu_ns = sum_of(report, {ThreadState::exec, ThreadState::cpu_wait});
    if (*out.kernel_ns <= *out.probes_ns + tolerance_ns) {
        set(out, Verdict::agree);
    } else if (pair == SystemPair::memory_pressure && *out.kernel_ns <= *out.probes_ns + on_cpu_ns + tolerance_ns) {
        set(out, Verdict::explained, Reason::stalled_on_cpu);
    } else if (is_incomplete(report)) {
        set(out, Verdict::explained, Reason::unseen_threads);
    } else {
        set(out, Verdict::disagree);
    }
    return out;
}

}  // namespace

std::array<SystemComparison, kSystemPairCount> reconcile_system(const Report& report) {
    return {compare_busy(report),
            compare_pressure(report, SystemPair::cpu_pressure, {ThreadState::cpu_wait}, report.system.stall_cpu_pct),
            compare_pressure(report, SystemPair::io_pressure,
                             {ThreadState::io_wait, ThreadState::swap_wait, ThreadState::mem_wait},
                             report.system.stall_io_pct),
            compare_pressure(report, SystemPair::memory_pressure, {ThreadState::swap_wait, ThreadState::mem_wait},
                             report.system.stall_memory_pct)};
}

}  // namespace tsa
