// SPDX-License-Identifier: MIT
// See derived_columns.h.
#include "model/derived_columns.h"

#include <algorithm>
#include <array>

namespace tsa {
namespace {

using T = const ThreadRow&;
using P = const ProcessRow&;
using R = const Report&;

Value number(std::uint64_t value) {
    return {Value::Kind::integer, static_cast<std::int64_t>(value), {}};
}

Value text(std::string_view value) {
    return {Value::Kind::text, 0, value};
}

/// What proc_pid_stat(5) calls the priority, if no lock lends a higher one.
Value priority_of(const Thread& thread) {
    constexpr std::uint8_t kFifo = 1, kRoundRobin = 2, kDeadline = 6;
    constexpr std::int64_t kOfNiceZero = 20, kOfDeadline = -101;
    std::int64_t priority = kOfNiceZero + thread.nice;
    if (thread.policy == kDeadline) {
        priority = kOfDeadline;
    } else if (thread.policy == kFifo || thread.policy == kRoundRobin) {
        priority = -1 - std::int64_t{thread.rt_priority};
    }
    return {Value::Kind::integer, priority, {}};
}

/// Calls that wait for storage in an interruptible sleep.
bool waits_interruptibly(const Thread& thread) {
    const std::string_view call =
        thread.wait.syscall >= 0 && !thread.wait.compat ? syscall_name(thread.wait.syscall) : std::string_view{};
    return call == "io_uring_enter" || call == "io_getevents" || call == "io_pgetevents";
}

std::string_view letter_of_sleep(const Thread& thread) {
    switch (thread.wait.kind) {
        case FutexKind::idle_task:
            return "I";
        case FutexKind::disk_sleep:
            return "D";
        default:
            // Recordings do not tell the two kinds of idle kernel threads apart.
            return thread.kernel && (thread.measured & kMeasuredIdleTask) == 0 ? "" : "S";
    }
}

/// What ps(1) has for it; empty: not known.
std::string_view letter_of(const Thread& thread) {
    switch (thread.state) {
        case ThreadState::exec:
        case ThreadState::cpu_wait:
            return "R";
        case ThreadState::io_wait:
        case ThreadState::swap_wait:
        case ThreadState::mem_wait:
            return waits_interruptibly(thread) ? "S" : "D";
        case ThreadState::lock_wait:
            return thread.wait.kernel_lock ? "D" : "S";
        case ThreadState::uninterruptible:
            return "D";
        case ThreadState::stopped:
            // A frozen thread sleeps in the kernel; the kernel's own are parked.
            return thread.wait.kind == FutexKind::frozen   ? "S"
                   : thread.wait.kind == FutexKind::traced ? "t"
                   : thread.kernel                         ? "P"
                                                           : "T";
        case ThreadState::zombie:
            return "Z";
        case ThreadState::idle:
        case ThreadState::sleep:
            return letter_of_sleep(thread);
        case ThreadState::sync:
            return "S";
    }
    return {};
}

Value letter_value(const Thread& thread) {
    const std::string_view letter = letter_of(thread);
    return letter.empty() ? Value{} : text(letter);
}

/// Both times count from the boot, and count suspended time.
Value elapsed_of(R report, const Thread& thread) {
    const std::optional<double>& uptime_s = report.system.now.uptime_s;
    if (!uptime_s || thread.start_time_ns == 0) {
        return {};
    }
    const auto now_ns = static_cast<std::uint64_t>(*uptime_s * 1e9);
    return number(now_ns - std::min(thread.start_time_ns, now_ns));
}

constexpr std::array kDerived = std::to_array<Column>({
    {kElapsedKey, "ELAPSED", Unit::age, 8, "time since it was created",
     [](R report, T row) { return elapsed_of(report, *row.now); },
     [](R report, P row) { return elapsed_of(report, *row.leader); }},
    {"priority", "PRI", Unit::identifier, 3,
     "priority of the kernel: 20 + nice; -1 - its real-time priority under SCHED_FIFO and SCHED_RR; below all others "
     "under SCHED_DEADLINE",
     [](R, T row) { return priority_of(*row.now); }, [](R, P row) { return priority_of(*row.leader); }},
    {"state_letter", "S", Unit::text, 1,
     "state as one letter, as in ps: R runs or is ready, S sleeps, D uninterruptible, I idle kernel thread, T "
     "stopped, t stopped by a tracer, P parked, Z zombie",
     [](R, T row) { return row.exit_time_unix_ns != 0 ? Value{} : letter_value(*row.now); },
     [](R, P row) { return letter_value(*row.leader); }},
});

}  // namespace

std::span<const Column> derived_columns() {
    return kDerived;
}

}  // namespace tsa
