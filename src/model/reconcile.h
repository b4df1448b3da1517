// SPDX-License-Identifier: MIT
// Compares two sources of one thread, the scheduler probes and the kernel's delay accounting, counter by counter over
// one interval, with the difference and its reason; and the machine's sums with the kernel's numbers of the machine.
// Pure: both ends of both sources in, a verdict per pair out. Called by the drill-down and by `stat --taskstats`. The
// reasons are based on observations on Linux 6.18 (tests/kernel/reconcile_test.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/delays.h"
#include "model/report.h"

namespace tsa {

/// What is compared with what. The probes' states on the left, the taskstats fields on the right.
enum class Pair : std::uint8_t {
    exec,      ///< exec | cpu_run_virtual_total
    cpu_wait,  ///< cpu_wait | cpu_delay_total
    io_wait,   ///< io_wait | blkio_delay_total
    swap_wait  ///< swap_wait | swapin_delay_total + thrashing_delay_total
};
inline constexpr std::size_t kPairCount = 4;

/// The machine. The probes' sum over all threads on the left.
enum class SystemPair : std::uint8_t {
    busy,            ///< exec | user + nice + system of /proc/stat
    cpu_pressure,    ///< cpu_wait | PSI "some" of cpu: at most as much
    io_pressure,     ///< io_wait + swap_wait + mem_wait | PSI "some" of io: at most as much
    memory_pressure  ///< swap_wait + mem_wait | PSI "some" of memory: at most as much, except for time on a CPU
};
inline constexpr std::size_t kSystemPairCount = 4;

enum class Verdict : std::uint8_t {
    agree,      ///< within the tolerance
    explained,  ///< they differ, or one of them is absent, and `reason` is why
    disagree    ///< beyond the tolerance, without a known reason
};

/// Why they differ, or why there is nothing to compare. Each explains a difference only up to its own bound.
enum class Reason : std::uint8_t {
    none,
    open_wait,               ///< taskstats moves when a wait ends: one is open now, or was at the start
    between_ticks,           ///< it runs: the kernel updates its run time at ticks and switches
    wakeup_as_exec,          ///< the kernel counts the time from a wakeup to the CPU as run time, the probes as waiting
    irq_or_steal,            ///< time in interrupts, or stolen by the hypervisor, while it was on a CPU
    switch_clocks,           ///< that many switches that the gap between the two clock readings adds up
    readings_apart,          ///< the two sources were not read at the same time
    synchronous_swap_in,     ///< taskstats counts the part of a swap-in that ran on the CPU, or waited for one
    swap_in_as_io,           ///< taskstats counts a swap-in that blocks as block I/O, and as swap-in only its start
    ring_wait_as_io,         ///< taskstats counts a wait for an io_uring with requests in flight as block I/O
    request_wait_uncounted,  ///< taskstats does not count a wait for requests in flight as block I/O
    missed_waits,            ///< the kernel did not count each wait: its count is lower than the probes'
    accounting_off,
    older_thread,      ///< created before accounting was switched on, or it may have been
    kernel_lacks_it,   ///< its taskstats version, or its configuration
    no_reply,          ///< not queried, no permission, or only one end of the interval is known
    not_measured,      ///< the other side: the source of the thread data does not measure this state
    impossible_value,  ///< taskstats cannot be right: more than the whole interval, or than the probes saw blocked
    tick_samples,      ///< /proc/stat is made of samples at ticks
    stalled_on_cpu,    ///< PSI counts a thread that reclaims memory, or reads it back, also while it is on a CPU
    unseen_threads     ///< the source is /proc: it misses what threads did between their last read and their end
};

struct Comparison {
    Pair pair = Pair::exec;
    std::optional<std::uint64_t> probes_ns;     ///< in the interval, open time included
    std::optional<std::uint64_t> taskstats_ns;  ///< what was added in the interval
    std::int64_t difference_ns = 0;             ///< taskstats - probes; 0 unless both are there
    Verdict verdict = Verdict::explained;
    Reason reason = Reason::no_reply;
};

/// Both ends of one interval. Pointers may be null: no data for that end or that source.
struct ReconcileInput {
    const Thread* before = nullptr;  ///< null: it was first seen inside the interval
    const Thread* now = nullptr;     ///< never null
    std::uint64_t before_ns = 0;     ///< CLOCK_MONOTONIC of the samples
    std::uint64_t now_ns = 0;
    /// Queried after each of the two samples, never before: then a wait that ends in between was open in the sample, so
    /// its length is known.
    const ThreadDelays* delays = nullptr;
    DelayAccounting accounting;
    std::optional<std::uint64_t> irq_and_steal_ns;  ///< of all CPUs in the interval, from /proc/stat
    std::uint32_t cpus = 1;                         ///< that those are for
    /// How old the kernel's run time of a running thread may be: a tick, at most 10 ms. On a CPU without ticks
    /// (nohz_full) it is 1 s.
    std::uint64_t run_time_age_ns = 10'000'000;
};

[[nodiscard]] std::array<Comparison, kPairCount> reconcile(const ReconcileInput& input);

/// Both sources of a report's row. References the report.
[[nodiscard]] ReconcileInput reconcile_input(const Report& report, const ThreadRow& row);

/// One of the machine's sums, compared with the kernel's.
struct SystemComparison {
    SystemPair pair = SystemPair::busy;
    std::optional<std::uint64_t> probes_ns;  ///< over all threads, including those without a row
    std::optional<std::uint64_t> kernel_ns;
    std::int64_t difference_ns = 0;  ///< kernel - probes; 0 unless both are there
    Verdict verdict = Verdict::explained;
    Reason reason = Reason::kernel_lacks_it;
};

[[nodiscard]] std::array<SystemComparison, kSystemPairCount> reconcile_system(const Report& report);

/// "exec", "cpu_wait" ...: JSON.
[[nodiscard]] std::string_view pair_key(Pair pair);
/// "busy", "cpu_pressure" ...: JSON.
[[nodiscard]] std::string_view pair_key(SystemPair pair);
/// "agree", "explained: open wait", "disagree: impossible value": JSON and screens.
[[nodiscard]] std::string_view verdict_words(Verdict verdict, Reason reason);
[[nodiscard]] inline std::string_view verdict_words(const Comparison& comparison) {
    return verdict_words(comparison.verdict, comparison.reason);
}
/// "open_wait"; empty for none: JSON.
[[nodiscard]] std::string_view reason_key(Reason reason);
/// One sentence for people, with a hint; empty for none.
[[nodiscard]] std::string_view reason_words(Reason reason);

}  // namespace tsa
