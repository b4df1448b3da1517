// Two witnesses of one thread: the scheduler probes and the kernel's delay accounting, counter by counter over one
// interval, with the difference and the reason for it. Pure: both ends of both sources in, a verdict per pair out.
// Called by the drill-down and by `stat --taskstats`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/delays.h"
#include "model/report.h"

namespace tsa {

/// What is held against what. The states of the probes on the left, the fields of taskstats on the right.
enum class Pair : std::uint8_t {
    exec,      ///< exec | cpu_run_virtual_total
    cpu_wait,  ///< cpu_wait | cpu_delay_total
    io_wait,   ///< io_wait | blkio_delay_total
    swap_wait  ///< swap_wait | swapin_delay_total + thrashing_delay_total
};
inline constexpr std::size_t kPairCount = 4;

enum class Verdict : std::uint8_t {
    agree,      ///< within the tolerance
    explained,  ///< they differ, or one of them is absent, and `reason` says why
    disagree    ///< beyond the tolerance, without a reason that is known
};

/// Why they differ, or why there is nothing to compare.
enum class Reason : std::uint8_t {
    none,
    open_wait,            ///< taskstats moves when a wait ends: the one that is open now, or was at the start
    irq_or_steal,         ///< time in interrupts, or stolen by the hypervisor, while it was on a CPU
    synchronous_swap_in,  ///< taskstats counts the part of a swap-in that ran on the CPU, or waited for one
    swap_in_as_io,        ///< taskstats counts a swap-in that blocks as block I/O too
    accounting_off,
    older_thread,      ///< created before accounting was switched on, or it may have been
    kernel_lacks_it,   ///< its taskstats version, or its configuration
    no_reply,          ///< not asked for, no rights, or only one end of the interval is known
    not_measured,      ///< the other side: the source of the thread data does not know this state
    impossible_value,  ///< taskstats cannot be right: more than the whole interval, or than the probes saw blocked
};

struct Comparison {
    Pair pair = Pair::exec;
    std::optional<std::uint64_t> probes_ns;     ///< what fell into the interval, open time included
    std::optional<std::uint64_t> taskstats_ns;  ///< what was added in the interval
    std::int64_t difference_ns = 0;             ///< taskstats - probes; 0 unless both are there
    Verdict verdict = Verdict::explained;
    Reason reason = Reason::no_reply;
};

/// Both ends of one interval. Pointers may be null: nothing is known of that end or of that source.
struct ReconcileInput {
    const Thread* before = nullptr;  ///< null: it was first seen inside the interval
    const Thread* now = nullptr;     ///< never null
    std::uint64_t before_ns = 0;     ///< CLOCK_MONOTONIC of the samples
    std::uint64_t now_ns = 0;
    const ThreadDelays* delays = nullptr;
    DelayAccounting accounting;
    std::optional<std::uint64_t> irq_and_steal_ns;  ///< of all CPUs in the interval, from /proc/stat
};

[[nodiscard]] std::array<Comparison, kPairCount> reconcile(const ReconcileInput& input);

/// "exec", "cpu_wait" ...: JSON.
[[nodiscard]] std::string_view pair_key(Pair pair);
/// "agree", "disagree", or "explained: open wait": JSON and screens.
[[nodiscard]] std::string_view verdict_words(const Comparison& comparison);
/// "open_wait"; empty for none: JSON.
[[nodiscard]] std::string_view reason_key(Reason reason);
/// One sentence for people, with what would help: "taskstats moves when a wait ends; one is open".
[[nodiscard]] std::string_view reason_words(Reason reason);

}  // namespace tsa
