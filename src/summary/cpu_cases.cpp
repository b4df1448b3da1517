// SPDX-License-Identifier: MIT
// See cpu_cases.h.
#include "summary/cpu_cases.h"

#include <algorithm>

namespace tsa {

namespace {

/// Threads wait although more than a third of CPU time is free.
constexpr double kFreeBusyPct = 65;
/// Most of a thread's time: less is a burst here and there.
constexpr double kLimitedThreads = 0.4;
/// They wait about as long as they run, or longer: a load that comes in bursts waits less.
constexpr double kWaitPerExec = 0.75;

/// Mean busy share of the CPUs that are in the set, or of those that are not; absent: not known.
std::optional<double> busy_of(const Report& report, const std::bitset<kMaxCpus>& set, bool inside) {
    double sum = 0;
    std::size_t count = 0;
    for (const CpuShare& cpu : report.system.per_cpu) {
        if (cpu.cpu < kMaxCpus && set[cpu.cpu] == inside) {
            sum += cpu.busy_pct;
            ++count;
        }
    }
    return count != 0 ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
}

}  // namespace

void CpuCases::note_cpus(const Report& report, std::span<const std::uint32_t> process_groups) {
    ran_on_.assign(limited_groups_.size(), {});
    for (const ThreadRow& row : report.threads) {
        CpuDetails* details = sums_[process_groups[row.process]].details;
        if (details != nullptr && row.state_ns[index(ThreadState::exec)] != 0 && row.now->last_cpu < kMaxCpus) {
            ran_on_[place_of_[process_groups[row.process]]].set(row.now->last_cpu);
            ++details->sightings;
        }
    }
    for (std::size_t place = 0; place < limited_groups_.size(); ++place) {
        CpuDetails& details = *sums_[limited_groups_[place]].details;
        const std::bitset<kMaxCpus>& cpus = ran_on_[place];
        details.cpus |= cpus;
        details.own_busy_pct.add(busy_of(report, cpus, true), report.interval_ns, report.time_unix_ns);
        details.others_busy_pct.add(busy_of(report, cpus, false), report.interval_ns, report.time_unix_ns);
    }
}

void CpuCases::end(const Report& report, std::span<const std::uint32_t> process_groups, std::size_t groups) {
    const std::optional<double>& busy_pct = report.system.cpu_busy_pct;
    limited_groups_.clear();
    if (busy_pct.has_value()) {
        const bool cpus_are_free = *busy_pct < kFreeBusyPct;
        sums_.assign(groups, {});
        for (std::size_t at = 0; at < report.processes.size(); ++at) {
            const ProcessRow& process = report.processes[at];
            Sums& sums = sums_[process_groups[at]];
            sums.exec_ns += process.state_ns[index(ThreadState::exec)];
            sums.cpu_wait_ns += process.state_ns[index(ThreadState::cpu_wait)];
            sums.throttled_ns += process.part_ns[Part::throttled];
            sums.knows_throttled = sums.knows_throttled && (process.leader->measured & kMeasuredThrottled) != 0;
        }
        place_of_.resize(groups);
        const auto interval = static_cast<double>(report.interval_ns);
        for (std::uint32_t group = 0; group < groups; ++group) {
            Sums& sums = sums_[group];
            const double waits = static_cast<double>(sums.cpu_wait_ns) / interval;
            const double exec = static_cast<double>(sums.exec_ns) / interval;
            const double throttled = sums.knows_throttled ? static_cast<double>(sums.throttled_ns) / interval : 0;
            const bool waits_beside_free_cpus =
                cpus_are_free && waits >= kLimitedThreads && waits >= kWaitPerExec * exec;
            if (!waits_beside_free_cpus && throttled < kLimitedThreads) {
                continue;
            }
            sums.details = limited_.meet(report, {group}, waits);
            if (sums.details != nullptr) {
                place_of_[group] = static_cast<std::uint32_t>(limited_groups_.size());
                limited_groups_.push_back(group);
                sums.details->online = report.system.cpus;
                sums.details->busy_pct.add(*busy_pct, report.interval_ns, report.time_unix_ns);
                sums.details->exec.add(exec, report.interval_ns, report.time_unix_ns);
                if (sums.knows_throttled) {
                    sums.details->throttled.add(throttled, report.interval_ns, report.time_unix_ns);
                }
            }
        }
        if (!limited_groups_.empty()) {
            note_cpus(report, process_groups);
        }
    }
    limited_.end(report);
}

}  // namespace tsa
