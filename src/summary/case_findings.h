// SPDX-License-Identifier: MIT
// Findings about one particular lock, thread or process, made from the tables in which they were followed. Used by
// FindingWatch only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "summary/cpu_cases.h"
#include "summary/groups.h"
#include "summary/lock_cases.h"
#include "summary/summary.h"
#include "summary/thread_cases.h"

namespace tsa {

/// More cases of one kind are only counted.
inline constexpr std::size_t kMaxFindingsPerKind = 5;

/// A thread that was in a delay state for most of a stretch.
struct ThreadFound {
    ThreadState state = ThreadState::lock_wait;
    const ThreadDetails* details = nullptr;
    std::uint64_t from_unix_ns = 0, to_unix_ns = 0, total_ns = 0;
    std::uint64_t length_ns = 0;  ///< its open wait may have begun before the recording
    double share = 0;             ///< of the stretch, in that state
    double integral = 0;          ///< threads x ns
    bool open = false;
    bool is_single = false;  ///< one wait all the time
};
/// Threads of one process in the same situation: behind the same holder, or in the same call.
using ThreadGroup = std::vector<ThreadFound>;

class CaseFindings {
  public:
    CaseFindings(const GroupTable& processes, std::uint64_t elapsed_ns)
        : processes_(processes), elapsed_ns_(elapsed_ns) {}

    [[nodiscard]] std::vector<SummaryFinding> of_locks(const LockCases& locks) const;
    [[nodiscard]] std::vector<SummaryFinding> of_cpus(const CpuCases& cpus) const;
    /// Worst group first.
    [[nodiscard]] std::vector<ThreadGroup> stuck(const ThreadCases& threads) const;
    [[nodiscard]] std::vector<ThreadGroup> io_bound(const ThreadCases& threads) const;
    [[nodiscard]] std::vector<SummaryFinding> of_threads(FindingKind kind, std::span<const ThreadGroup> groups) const;
    [[nodiscard]] std::string_view process_of(std::uint32_t group) const;

  private:
    template <class Stretch>
    SummaryFinding finding_of(FindingKind kind, const Stretch& stretch, std::uint64_t total_ns, double weight) const;

    const GroupTable& processes_;
    std::uint64_t elapsed_ns_;
};

// The text: fill `words`, `next` and `figures`.
void word_deadlock(const CaseStretch<CircleDetails>& stretch, std::string_view process, SummaryFinding& finding);
void word_abandoned(const LockId& lock, const CaseStretch<LockDetails>& stretch, std::string_view process,
                    SummaryFinding& finding);
void word_convoy(const LockId& lock, const CaseStretch<LockDetails>& stretch, std::string_view process,
                 SummaryFinding& finding);
void word_holder(const CaseStretch<HolderDetails>& stretch, std::string_view process, SummaryFinding& finding);
void word_limited(const CaseStretch<CpuDetails>& stretch, std::string_view process, SummaryFinding& finding);
void word_stuck(const ThreadGroup& group, std::string_view process, SummaryFinding& finding);
void word_io_bound(const ThreadGroup& group, std::string_view process, SummaryFinding& finding);

}  // namespace tsa
