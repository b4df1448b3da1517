// SPDX-License-Identifier: MIT
// Why a thread is slow, in one sentence with its evidence: the dominant cause of its delay over some time, its share,
// who is behind it, and what to do next. Nothing is said where no cause dominates: a wrong name is worse than none.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/neighbors.h"
#include "model/report.h"
#include "model/thread_detail.h"
#include "model/wakers.h"
#include "text/wait_text.h"

namespace tsa {

/// In the order of the table of keys in verdict.cpp.
enum class DelayCause : std::uint8_t {
    cpu_quota,       ///< the CPU quota of its cgroup
    cpu_affinity,    ///< the CPUs that it may use are busy, others are not
    cpu_contention,  ///< all CPUs are busy
    cpu,             ///< it waits for a CPU, for a reason that is not known
    deadlock,
    abandoned_lock,  ///< whose holder has exited
    lock,
    labeled,  ///< a wait in `sync`, `sleep` or `idle` that its label calls a delay
    storage,
    swap,
    memory,  ///< reclaim and compaction
    uninterruptible,
    executing,  ///< it is not delayed: it executes
    woken_by,   ///< it waits for another thread
};
inline constexpr std::size_t kDelayCauses = 14;

/// "cpu_quota", "lock": in JSON.
[[nodiscard]] std::string_view key_of(DelayCause cause);

/// Who is behind it. A thread has all; another thing (a disk, a cgroup) only a name.
struct Culprit {
    std::uint32_t tid = 0;
    std::uint32_t tgid = 0;
    std::string name;  ///< raw
};

struct DelayVerdict {
    DelayCause cause = DelayCause::cpu;
    double share = 0;  ///< 0 to 1, of its delay; of its time for `executing` and `woken_by`
    std::optional<Culprit> culprit;
    std::string text;  ///< "81 % of its delay is ... → ..."; printable
};

/// The cgroup that took most of the CPU time that the threads of the thread's cgroup waited for.
struct CgroupTaker {
    std::string_view cgroup;  ///< path, raw
    double share = 0;         ///< of all their waits
};

/// All that a verdict is made from. Absent parts are not known.
struct VerdictFacts {
    // over the time that is judged
    PerState<double> ns{};
    PerPart<double> part_ns{};
    double labeled_ns = 0;  ///< the part of sync, sleep and idle that a label calls a delay
    // now
    const Thread* thread = nullptr;  ///< never null
    std::string_view label;          ///< of its open wait, if that is a delay; printable
    const Thread* holder = nullptr;  ///< of the lock that it waits for
    std::string_view holder_waits;   ///< what the holder waits on, as a phrase; empty: it executes, or nothing is known
    bool is_deadlocked = false;
    // the machine
    std::uint32_t cpus = 0;
    std::optional<double> busy_pct;  ///< of all CPUs
    double runnable = 0;             ///< threads that executed or waited for a CPU, on average
    std::optional<BusiestDisk> disk;
    // of /proc
    std::optional<std::string_view> cpus_allowed;  ///< "0-3,8"
    std::optional<std::uint32_t> allowed_count;
    std::optional<double> others_busy_pct;  ///< of the CPUs that it may not use
    const CpuQuota* quota = nullptr;
    // of the records of wakers and neighbors
    const WokenTable* woken = nullptr;
    const CpuWaitBy* neighbors = nullptr;
    std::optional<CgroupTaker> taker;  ///< where single neighbors are not known
};

/// Words differ between terminals with and without Unicode.
struct VerdictSymbols {
    std::string_view next = "→";
};
inline constexpr VerdictSymbols kPlainVerdictSymbols{"->"};

/// At least this share of its time must be delay, and of its delay one cause, for a verdict.
inline constexpr double kLeastDelay = 0.1;
inline constexpr double kDominant = 0.5;
/// Executing for this share of its time, a thread is not delayed.
inline constexpr double kMostlyExecuting = 0.9;

/// False: no cause dominates, or nothing was measured; `verdict` is then meaningless. Reuses the memory of `verdict`.
[[nodiscard]] bool judge(const VerdictFacts& facts, DelayVerdict& verdict, const VerdictSymbols& symbols = {});

/// The facts that a report has on one of its rows: of the interval. The views in it are valid as long as `scratch` is
/// not changed.
struct FactsScratch {
    std::string label, holder_waits, cpus_allowed;
};
[[nodiscard]] VerdictFacts facts_of(const Report& report, const Thread& thread, ThreadIndex& threads,
                                    FactsScratch& scratch);
/// Of a row of the report, over its interval. As judge().
[[nodiscard]] bool judge_row(const Report& report, const ThreadRow& row, ThreadIndex& threads, FactsScratch& scratch,
                             DelayVerdict& verdict);
/// Of all that is delay in the facts, in ns.
[[nodiscard]] double delay_ns(const VerdictFacts& facts);

/// A thread of a process, with its own verdict.
struct JudgedThread {
    const Thread* thread = nullptr;
    double delay_ns = 0;
    std::optional<DelayVerdict> verdict;
};
/// Why a process is slow: the cause that has most of the delay of its threads, in the words of the thread that it
/// delays most. Without delay: what most of its executing threads do. `cause`, `share` and `culprit` are those of
/// that thread. False: no cause has half of the delay.
[[nodiscard]] bool judge_process(std::span<const JudgedThread> threads, DelayVerdict& verdict);

/// Adds what the drill-down knows of the thread. `detail` must outlive the facts.
void add_detail(VerdictFacts& facts, const ThreadDetail& detail, const Report& report);

}  // namespace tsa
