// SPDX-License-Identifier: MIT
// What the displayed thread has waited on, call by call: how often, how long, the distribution, and the longest wait
// with its time. Filled by src/sched (the target probe), shown by the drill-down. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/thread.h"

namespace tsa {

/// Lengths by size: kWaitSubBuckets buckets per power of two, from 2^kWaitFirstPower ns (1 us) on. Shorter waits are in
/// the first bucket, longer ones (4.3 minutes) in the last. A bucket saturates at the maximum of its type.
inline constexpr unsigned kWaitFirstPower = 10;
inline constexpr unsigned kWaitSubBuckets = 8;
inline constexpr std::size_t kWaitBuckets = 28 * kWaitSubBuckets;
using WaitHistogram = std::array<std::uint32_t, kWaitBuckets>;

/// Waits of one kind: the same state in the same place for the same thing.
struct WaitKind {
    ThreadState state = ThreadState::sleep;  ///< cpu_wait has three kinds: woken, preempted, throttled
    bool preempted = false;                  ///< cpu_wait only
    bool throttled = false;                  ///< cpu_wait only: began while the CPU quota was used up
    bool others = false;                     ///< all kinds beyond the bound of the probe's table
    Wait wait;  ///< syscall, compat, kernel_lock, args[0] if it has a meaning (futex address, descriptor),
                ///< kernel_function
};

/// How often, and how long.
struct WaitLengths {
    std::uint64_t count = 0;
    std::uint64_t total_ns = 0;
    std::uint64_t max_ns = 0;
    std::uint64_t max_at_ns = 0;  ///< CLOCK_MONOTONIC at which the longest one ended
    WaitHistogram lengths{};
};

struct WaitTotals : WaitLengths {
    WaitKind kind;
};

/// The waits of one thread that have ended since it was first displayed; the current open wait is not included.
struct WaitTable {
    std::vector<WaitTotals> kinds;  ///< most time first
    std::uint64_t since_ns = 0;     ///< CLOCK_MONOTONIC at which counting began; the first wait may be older
    std::uint64_t missed = 0;       ///< indistinguishable waits, or out of room: in `others`, or only counted
    std::string unavailable;        ///< why there is no table, with a hint; empty: there is one
};

/// The length that a share `quantile` (0..1) of the waits does not exceed, interpolated within its bucket and never
/// more than max_ns; 1 gives max_ns. Absent without a wait. Relative error: at most 1 / kWaitSubBuckets; below the
/// second bucket (1152 ns) the error is at most that, in the last bucket the result is between its start and max_ns.
[[nodiscard]] std::optional<std::uint64_t> wait_quantile_ns(const WaitLengths& waits, double quantile);
/// Adds the second to the first: for kinds that are shown as one.
void merge_waits(WaitLengths& into, const WaitLengths& other);
/// Adds one wait, which ended (or is open) at `at_ns`.
void add_wait(WaitLengths& into, std::uint64_t length_ns, std::uint64_t at_ns);
/// Bucket of a length, as in the probe.
[[nodiscard]] std::size_t wait_bucket(std::uint64_t ns);
/// Minimum length in a bucket, 0 for the first.
[[nodiscard]] std::uint64_t wait_bucket_begin_ns(std::size_t bucket);

}  // namespace tsa
