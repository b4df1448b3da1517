// SPDX-License-Identifier: MIT
// When something looks wrong: see findings.h. Each threshold is documented. They must not report anything on a machine
// that is merely busy, or idle.
#include <algorithm>

#include "summary/findings.h"

namespace tsa {

namespace {

/// The rest is for interrupts, rounding and the ramp-up of a load.
constexpr double kBusyPct = 90;
/// Half as much work again as the CPUs can do, and never less than one thread: two threads that take turns are not a
/// queue.
constexpr double kWaitingPerCpu = 0.5;
constexpr double kLeastWaiting = 1;
/// This many are a queue on a machine of any size.
constexpr double kAlwaysAQueue = 8;
/// Of a part of the machine's threads: most of one thread's time.
constexpr double kPartWaiting = 0.5;

/// A quarter of a thread's time: less is an occasional swap-in, or reclaim without a noticeable effect.
constexpr double kMemoryThreads = 0.25;
/// 64 pages of 4 KiB per second: less is the tail of earlier pressure.
constexpr double kThrashBytesPerS = 262'144;
/// No thread made progress for a tenth of the time, all for memory.
constexpr double kMemoryFullPct = 10;
/// With swapping as well: some thread was stalled for a tenth of the time.
constexpr double kMemorySomePct = 10;
/// Without swapping: some thread was stalled for a fifth of the time.
constexpr double kMemoryPressurePct = 20;

/// For a fifth of the time all runnable work waited for storage, with at least one thread waiting at all times.
constexpr double kIoFullPct = 20;
constexpr double kIoThreads = 1;
/// A request that takes a second is far beyond what healthy storage needs, under any load.
constexpr double kLongIoS = 1;

/// Each thread creation and exit costs the kernel about 100 us: this many take a percent or more of a CPU, before any
/// work.
constexpr double kStormBirthsPerS = 100;
/// Fewer are also a storm if they use much of the machine: a fifth of all CPUs.
constexpr double kEatingBirthsPerS = 20;
constexpr double kEatingShare = 0.2;
/// This share of new threads must end again: otherwise a program is starting its thread pool.
constexpr double kStormEnds = 0.5;

/// A few unreaped children are sloppiness; this many mean a parent that does not reap at all.
constexpr double kZombieThreads = 20;
/// A tenth of the machine is missing.
constexpr double kStolenPct = 10;

bool swap_thrashes(const Moment& now) {
    const auto& in = now.value(Measure::swap_in);
    const bool traffic = !in.has_value() || *in >= kThrashBytesPerS;
    const bool waits = now.value_or_0(Measure::swap_wait) >= kMemoryThreads;
    // Where swap waits cannot be distinguished from other I/O, pressure shows that they matter.
    const bool hurts = in.has_value() && now.value_or_0(Measure::stall_memory_pct) >= kMemorySomePct;
    return traffic && (waits || hurts);
}

bool waits_for_cpu(const Moment& now) {
    const double queue = std::clamp(kWaitingPerCpu * now.cpus, kLeastWaiting, kAlwaysAQueue);
    return now.value_or_0(Measure::cpu_wait) >= (now.is_part ? kPartWaiting : queue);
}

bool is_storm(const Moment& now) {
    const double births = now.value_or_0(Measure::births_per_s);
    const bool many = births >= kStormBirthsPerS;
    const bool eating = births >= kEatingBirthsPerS && now.value_or_0(Measure::brief_exec) >= kEatingShare * now.cpus;
    return (many || eating) && now.value_or_0(Measure::ends_per_s) >= kStormEnds * births;
}

template <Measure kMeasure, const double& kLeast>
bool reaches(const Moment& now) {
    return now.value_or_0(kMeasure) >= kLeast;
}

template <Measure kMeasure>
bool is_counted(const Moment& now) {
    return now.value_or_0(kMeasure) > 0;
}

bool saturates_cpus(const Moment& now) {
    return waits_for_cpu(now) && now.value_or_0(Measure::cpu_busy_pct) >= kBusyPct;
}

bool stalls_on_io(const Moment& now) {
    const bool stalls =
        now.value_or_0(Measure::stall_io_full_pct) >= kIoFullPct && now.value_or_0(Measure::io_wait) >= kIoThreads;
    return stalls || now.value_or_0(Measure::io_wait_age_s) >= kLongIoS;
}

bool stalls_on_memory(const Moment& now) {
    const bool waits =
        now.value_or_0(Measure::mem_wait) >= kMemoryThreads || now.value_or_0(Measure::exec_reclaim) >= kMemoryThreads;
    const bool pressed = now.value_or_0(Measure::stall_memory_full_pct) >= kMemoryFullPct ||
                         now.value_or_0(Measure::stall_memory_pct) >= kMemoryPressurePct;
    return waits || (pressed && !swap_thrashes(now));
}

using K = FindingKind;
using M = Measure;
using S = ThreadState;
using enum RuleScope;

constexpr std::array<FindingInfo, kFindingKinds> kInfos{{
    {K::cpu_saturation, "cpu_saturation", "Too few CPUs"},
    {K::cpu_limited, "cpu_limited", "Delayed although CPUs were free"},
    {K::lock_convoy, "lock_convoy", "Many threads wait for one lock"},
    {K::swap_thrash, "swap_thrash", "Threads wait for swap"},
    {K::io_stall, "io_stall", "Threads wait for storage"},
    {K::memory_stall, "memory_stall", "Memory is short"},
    {K::short_lived_storm, "short_lived_storm", "A storm of short-lived threads"},
    {K::throttled, "throttled", "CPUs slowed down by heat"},
    {K::zombies, "zombies", "Dead processes not reaped"},
    {K::stolen_cpu, "stolen_cpu", "CPU time stolen by the hypervisor"},
    {K::data_lost, "data_lost", "Data dropped"},
    {K::deadlock, "deadlock", "Deadlock"},
    {K::abandoned_lock, "abandoned_lock", "A lock that no one will unlock"},
    {K::stuck_thread, "stuck_thread", "Stuck thread"},
    {K::io_bound, "io_bound", "Bound by I/O"},
    {K::lock_holder, "lock_holder", "Many threads wait behind one holder"},
    {K::noisy_neighbor, "noisy_neighbor", "One cgroup takes the CPU time of another"},
}};

static_assert(
    [] {
        for (std::size_t i = 0; i < kFindingKinds; ++i) {
            if (static_cast<std::size_t>(kInfos[i].kind) != i) {
                return false;
            }
        }
        return true;
    }(),
    "a row for each kind of finding, in the same order");

// Weights: in threads delayed on average. Other quantities are converted to that scale: a zombie costs little, a
// throttled CPU about half of itself; where data was dropped, everything else may be wrong.
constexpr std::array<FindingRule, kFindingRules> kRules{{
    {K::cpu_saturation, M::cpu_wait, S::cpu_wait, saturates_cpus, 1, both},
    {K::swap_thrash, M::memory_delay, S::swap_wait, swap_thrashes, 1, both},
    {K::io_stall, M::io_wait, S::io_wait, stalls_on_io, 1, both},
    {K::memory_stall, M::memory_delay, S::mem_wait, stalls_on_memory, 1, both},
    {K::short_lived_storm, M::births_per_s, std::nullopt, is_storm, 0.002, recorded},
    {K::throttled, M::throttles, std::nullopt, is_counted<M::throttles>, 0.5, machine},
    {K::zombies, M::zombies, S::zombie, reaches<M::zombies, kZombieThreads>, 0.001, recorded},
    {K::stolen_cpu, M::steal_pct, std::nullopt, reaches<M::steal_pct, kStolenPct>, 0.02, machine},
    {K::data_lost, M::lost, std::nullopt, is_counted<M::lost>, 1000, recorded},
}};

}  // namespace

const std::array<FindingRule, kFindingRules>& finding_rules() {
    return kRules;
}

std::string_view finding_key(FindingKind kind) {
    return kInfos[static_cast<std::size_t>(kind)].key;
}

std::string_view finding_title(FindingKind kind) {
    return kInfos[static_cast<std::size_t>(kind)].title;
}

}  // namespace tsa
