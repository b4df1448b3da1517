// When something looks wrong: see summary_findings.h. Each threshold says why it stands where it does. They are meant
// to be silent on a machine that is merely busy, and on one that is idle.
#include <algorithm>

#include "summary/findings.h"

namespace tsa {

namespace {

/// The rest is what interrupts, rounding and the first moments of a load take.
constexpr double kBusyPct = 90;
/// Half as much work again as the CPUs can do, and never less than one thread: a pair that takes turns is no queue.
constexpr double kWaitingPerCpu = 0.5;
constexpr double kLeastWaiting = 1;
/// Threads that wait although more than a third of the CPUs' time is free.
constexpr double kFreeBusyPct = 65;

/// A holder with two behind it is contention, with three or more a convoy: it seldom dissolves by itself.
constexpr double kConvoyWaiters = 3;
/// ... and the threads must really have lost that time, not only at the moment of looking.
constexpr double kConvoyThreads = 2;

/// A quarter of a thread's time: below it a swap-in now and then, or reclaim that nobody notices.
constexpr double kMemoryThreads = 0.25;
/// 64 pages of 4 KiB a second: less is the tail of an earlier pressure.
constexpr double kThrashBytesPerS = 262'144;
/// A tenth of the time in which nobody got on, all for memory.
constexpr double kMemoryFullPct = 10;
/// With swapping as well, a tenth of the time in which somebody did not get on.
constexpr double kMemorySomePct = 10;

/// A fifth of the time nothing could run but had to wait for storage, with one thread waiting at all times at least.
constexpr double kIoFullPct = 20;
constexpr double kIoThreads = 1;
/// A request that takes a second is far beyond what working storage needs, whatever else goes on.
constexpr double kLongIoS = 1;

/// Each birth and death costs the kernel some 100 us: this many take a percent or more of a CPU, before any work.
constexpr double kStormBirthsPerS = 100;
/// Fewer are a storm too when they eat the machine up: a fifth of all CPUs.
constexpr double kEatingBirthsPerS = 20;
constexpr double kEatingShare = 0.2;
/// Of those born, so many end again: else it is a program that starts its pool of threads.
constexpr double kStormEnds = 0.5;

/// A few unreaped children are sloppy, this many are a parent that does not reap at all.
constexpr double kZombieThreads = 20;
/// A tenth of the machine is not there.
constexpr double kStolenPct = 10;

bool swap_thrashes(const Moment& now) {
    const auto& in = now.value(Measure::swap_in);
    const bool traffic = !in.has_value() || *in >= kThrashBytesPerS;
    const bool waits = now.value_or_0(Measure::swap_wait) >= kMemoryThreads;
    // Where swap waits cannot be told from other I/O, pressure says that they hurt.
    const bool hurts = in.has_value() && now.value_or_0(Measure::stall_memory_pct) >= kMemorySomePct;
    return traffic && (waits || hurts);
}

bool waits_for_cpu(const Moment& now) {
    return now.value_or_0(Measure::cpu_wait) >= std::max(kLeastWaiting, kWaitingPerCpu * now.cpus);
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

bool is_limited(const Moment& now) {
    const auto& busy = now.value(Measure::cpu_busy_pct);
    return waits_for_cpu(now) && busy.has_value() && *busy < kFreeBusyPct;
}

bool is_convoy(const Moment& now) {
    return now.value_or_0(Measure::lock_waiters) >= kConvoyWaiters &&
           now.value_or_0(Measure::lock_wait) >= kConvoyThreads;
}

bool stalls_on_io(const Moment& now) {
    const bool stalls =
        now.value_or_0(Measure::stall_io_full_pct) >= kIoFullPct && now.value_or_0(Measure::io_wait) >= kIoThreads;
    return stalls || now.value_or_0(Measure::io_wait_age_s) >= kLongIoS;
}

bool stalls_on_memory(const Moment& now) {
    return now.value_or_0(Measure::mem_wait) >= kMemoryThreads ||
           (now.value_or_0(Measure::stall_memory_full_pct) >= kMemoryFullPct && !swap_thrashes(now));
}

// Weights: in threads delayed on average. What is no thread's time is put to that scale: a zombie costs little, a
// throttled CPU about half of itself; where data was lost everything else may be wrong.
using M = Measure;
using S = ThreadState;
constexpr std::array<FindingRule, kFindingKinds> kRules{{
    {FindingKind::cpu_saturation, "cpu_saturation", "Too few CPUs", M::cpu_wait, S::cpu_wait, saturates_cpus, 1},
    {FindingKind::cpu_limited, "cpu_limited", "Held back although CPUs were free", M::cpu_wait, S::cpu_wait, is_limited,
     1},
    {FindingKind::lock_convoy, "lock_convoy", "Many threads behind one lock", M::lock_wait, S::lock_wait, is_convoy, 1},
    {FindingKind::swap_thrash, "swap_thrash", "Threads wait for swap", M::swap_wait, S::swap_wait, swap_thrashes, 1},
    {FindingKind::io_stall, "io_stall", "Threads wait for storage", M::io_wait, S::io_wait, stalls_on_io, 1},
    {FindingKind::memory_stall, "memory_stall", "Threads wait for memory", M::mem_wait, S::mem_wait, stalls_on_memory,
     1},
    {FindingKind::short_lived_storm, "short_lived_storm", "A storm of short-lived threads", M::births_per_s,
     std::nullopt, is_storm, 0.002},
    {FindingKind::throttled, "throttled", "CPUs slowed down by heat", M::throttles, std::nullopt,
     is_counted<M::throttles>, 0.5},
    {FindingKind::zombies, "zombies", "Dead processes that nobody reaps", M::zombies, S::zombie,
     reaches<M::zombies, kZombieThreads>, 0.001},
    {FindingKind::stolen_cpu, "stolen_cpu", "CPU time stolen by the hypervisor", M::steal_pct, std::nullopt,
     reaches<M::steal_pct, kStolenPct>, 0.02},
    {FindingKind::data_lost, "data_lost", "Data lost", M::lost, std::nullopt, is_counted<M::lost>, 1000},
}};

}  // namespace

const std::array<FindingRule, kFindingKinds>& finding_rules() {
    return kRules;
}

std::string_view finding_key(FindingKind kind) {
    return kRules[static_cast<std::size_t>(kind)].key;
}

std::string_view finding_title(FindingKind kind) {
    return kRules[static_cast<std::size_t>(kind)].title;
}

}  // namespace tsa
