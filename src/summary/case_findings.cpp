// SPDX-License-Identifier: MIT
// See case_findings.h.
#include "summary/case_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <tuple>

#include "base/saturating.h"

namespace tsa {

namespace {

// Per thread and time: a thread that will never continue outweighs any that is only slow.
constexpr double kHopelessWeight = 100;

/// Worst first, at most kMaxFindingsPerKind; the last one says how many more there are.
std::vector<SummaryFinding> worst_of(std::vector<SummaryFinding> findings) {
    std::ranges::stable_sort(findings, std::greater{}, &SummaryFinding::weight);
    if (findings.size() > kMaxFindingsPerKind) {
        const std::size_t more = findings.size() - kMaxFindingsPerKind;
        findings.resize(kMaxFindingsPerKind);
        findings.back().figures.push_back(fmt::format("and {} more like this, less severe", more));
    }
    return findings;
}

template <class Key, class Details>
std::vector<std::pair<Key, const CaseStretch<Details>*>> sorted_cases(const CaseTable<Key, Details>& table,
                                                                      std::map<const void*, std::uint64_t>& totals) {
    std::vector<std::pair<Key, const CaseStretch<Details>*>> cases;
    table.each_worst([&](const Key& key, const CaseStretch<Details>& stretch, std::uint64_t total_ns) {
        cases.emplace_back(key, &stretch);
        totals[&stretch] = total_ns;
    });
    std::ranges::sort(cases, {},
                      [](const auto& one) { return std::tuple(one.second->from_unix_ns, one.first.hash()); });
    return cases;
}

std::vector<ThreadFound> threads_in(const ThreadCases::Table& table) {
    std::vector<ThreadFound> found;
    table.each_worst([&](const ThreadCaseId& id, const CaseStretch<ThreadDetails>& stretch, std::uint64_t total_ns) {
        ThreadFound& one = found.emplace_back();
        one.state = id.state;
        one.details = &stretch.details;
        one.from_unix_ns = stretch.from_unix_ns;
        one.to_unix_ns = stretch.to_unix_ns;
        one.total_ns = total_ns;
        one.length_ns = stretch.length_ns;
        one.share = stretch.level.mean();
        one.integral = stretch.level.integral();
        one.open = stretch.open;
        const std::uint64_t age_ns = stretch.details.age_ns;
        one.is_single = static_cast<double>(age_ns) >= kStuckShare * static_cast<double>(stretch.length_ns);
        if (age_ns > stretch.length_ns) {
            one.length_ns = age_ns;
            one.from_unix_ns = saturating_sub(stretch.to_unix_ns, age_ns);
        }
    });
    std::ranges::sort(found, {}, [](const ThreadFound& one) { return std::tuple(one.details->tid, one.state); });
    return found;
}

/// Groups of threads with equal keys, worst first.
template <class KeyOf>
std::vector<ThreadGroup> grouped(const std::vector<ThreadFound>& threads, KeyOf key_of) {
    std::map<decltype(key_of(threads.front())), ThreadGroup> groups;
    for (const ThreadFound& thread : threads) {
        groups[key_of(thread)].push_back(thread);
    }
    std::vector<ThreadGroup> all;
    all.reserve(groups.size());
    for (auto& [key, group] : groups) {
        all.push_back(std::move(group));
    }
    const auto integral = [](const ThreadGroup& group) {
        double sum = 0;
        for (const ThreadFound& thread : group) {
            sum += thread.integral;
        }
        return sum;
    };
    std::ranges::stable_sort(all, std::greater{}, integral);
    return all;
}

}  // namespace

std::string_view CaseFindings::process_of(std::uint32_t group) const {
    const auto& name = processes_.all()[group].name.process;
    return {name.data(), strnlen(name.data(), name.size())};
}

template <class Stretch>
SummaryFinding CaseFindings::finding_of(FindingKind kind, const Stretch& stretch, std::uint64_t total_ns,
                                        double weight) const {
    SummaryFinding finding;
    finding.kind = kind;
    finding.from_unix_ns = stretch.from_unix_ns;
    finding.to_unix_ns = stretch.to_unix_ns;
    finding.worst_at_unix_ns = stretch.level.max_at_unix_ns();
    finding.total_ns = total_ns;
    finding.open = stretch.open;
    finding.weight = weight * stretch.level.integral() / static_cast<double>(std::max<std::uint64_t>(elapsed_ns_, 1));
    return finding;
}

std::vector<SummaryFinding> CaseFindings::of_locks(const LockCases& locks) const {
    std::map<const void*, std::uint64_t> totals;
    std::vector<SummaryFinding> all;
    const auto append = [&](std::vector<SummaryFinding> findings) {
        for (SummaryFinding& finding : worst_of(std::move(findings))) {
            all.push_back(std::move(finding));
        }
    };
    const auto since_wait = [](SummaryFinding& finding, std::uint64_t age_ns) {
        finding.from_unix_ns = std::min(finding.from_unix_ns, saturating_sub(finding.to_unix_ns, age_ns));
    };
    std::vector<SummaryFinding> deadlocks, abandoned, convoys, holders;
    for (const auto& [id, stretch] : sorted_cases(locks.circles(), totals)) {
        if (std::max(stretch->length_ns, stretch->details.age_ns) >= kLeastStretchNs) {
            deadlocks.push_back(finding_of(FindingKind::deadlock, *stretch, totals[stretch], kHopelessWeight));
            since_wait(deadlocks.back(), stretch->details.age_ns);
            word_deadlock(*stretch, process_of(stretch->details.process_group), deadlocks.back());
        }
    }
    for (const auto& [lock, stretch] : sorted_cases(locks.abandoned(), totals)) {
        if (std::max(stretch->length_ns, stretch->details.age_ns) >= kLeastStretchNs) {
            abandoned.push_back(finding_of(FindingKind::abandoned_lock, *stretch, totals[stretch], kHopelessWeight));
            since_wait(abandoned.back(), stretch->details.age_ns);
            word_abandoned(lock, *stretch, process_of(stretch->details.process_group), abandoned.back());
        }
    }
    for (const auto& [lock, stretch] : sorted_cases(locks.convoys(), totals)) {
        if (stretch->length_ns >= kLeastStretchNs) {
            convoys.push_back(finding_of(FindingKind::lock_convoy, *stretch, totals[stretch], 1));
            convoys.back().open = false;
            word_convoy(lock, *stretch, process_of(stretch->details.process_group), convoys.back());
        }
    }
    for (const auto& [id, stretch] : sorted_cases(locks.holders(), totals)) {
        if (stretch->length_ns >= kLeastStretchNs) {
            holders.push_back(finding_of(FindingKind::lock_holder, *stretch, totals[stretch], 1));
            holders.back().open = false;
            word_holder(*stretch, process_of(stretch->details.process_group), holders.back());
        }
    }
    append(std::move(deadlocks));
    append(std::move(abandoned));
    append(std::move(convoys));
    append(std::move(holders));
    return all;
}

std::vector<SummaryFinding> CaseFindings::of_cpus(const CpuCases& cpus) const {
    std::map<const void*, std::uint64_t> totals;
    std::vector<SummaryFinding> findings;
    for (const auto& [id, stretch] : sorted_cases(cpus.limited(), totals)) {
        if (stretch->length_ns >= kLeastStretchNs) {
            findings.push_back(finding_of(FindingKind::cpu_limited, *stretch, totals[stretch], 1));
            findings.back().open = false;
            word_limited(*stretch, process_of(id.group), findings.back());
        }
    }
    return worst_of(std::move(findings));
}

std::vector<ThreadGroup> CaseFindings::stuck(const ThreadCases& threads) const {
    std::vector<ThreadFound> found = threads_in(threads.stuck());
    std::erase_if(found, [](const ThreadFound& one) {
        // Many short waits for I/O are work: see io_bound().
        return one.length_ns < kStuckNs || (one.state == ThreadState::io_wait && !one.is_single);
    });
    return grouped(found, [](const ThreadFound& one) {
        const ThreadDetails& details = *one.details;
        const bool behind = one.state == ThreadState::lock_wait && details.root.tid != 0;
        return std::tuple(details.process_group, one.state, behind ? details.root.tid : 0U,
                          behind ? LockId{}.order() : details.lock.order(), behind ? std::string() : details.wait_on);
    });
}

std::vector<ThreadGroup> CaseFindings::io_bound(const ThreadCases& threads) const {
    // A whole recording of some seconds, but no single moment of a long one.
    const std::uint64_t least_ns = std::clamp(elapsed_ns_ / 10, kLeastStretchNs, kStuckNs);
    std::vector<ThreadFound> found = threads_in(threads.io_bound());
    std::erase_if(found, [&](const ThreadFound& one) {
        return one.length_ns < least_ns || (one.is_single && one.length_ns >= kStuckNs);
    });
    return grouped(found, [](const ThreadFound& one) { return one.details->process_group; });
}

std::vector<SummaryFinding> CaseFindings::of_threads(FindingKind kind, std::span<const ThreadGroup> groups) const {
    std::vector<SummaryFinding> findings;
    for (const ThreadGroup& group : groups) {
        SummaryFinding& finding = findings.emplace_back();
        finding.kind = kind;
        finding.from_unix_ns = UINT64_MAX;
        double integral = 0;
        for (const ThreadFound& thread : group) {
            finding.from_unix_ns = std::min(finding.from_unix_ns, thread.from_unix_ns);
            finding.to_unix_ns = std::max(finding.to_unix_ns, thread.to_unix_ns);
            finding.total_ns = std::max(finding.total_ns, thread.total_ns);
            finding.open = finding.open || thread.open;
            integral += thread.integral;
        }
        finding.worst_at_unix_ns = finding.to_unix_ns;
        finding.weight = integral / static_cast<double>(std::max<std::uint64_t>(elapsed_ns_, 1));
        const std::string_view process = process_of(group.front().details->process_group);
        kind == FindingKind::stuck_thread ? word_stuck(group, process, finding)
                                          : word_io_bound(group, process, finding);
    }
    return worst_of(std::move(findings));
}

}  // namespace tsa
