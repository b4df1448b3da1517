// SPDX-License-Identifier: MIT
// See findings.h.
#include "summary/findings.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <iterator>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/saturating.h"
#include "base/time_units.h"

namespace tsa {

namespace {

/// Names with a smaller share are not mentioned.
constexpr double kLeastShare = 0.05;
constexpr std::size_t kMaxBlamed = 3;
/// A name with this share of a problem explains what happened to its threads.
constexpr double kMostOfIt = 0.5;

std::uint64_t lost_of(const Health& health) {
    return health.threads_without_slot + health.exit_records_lost + health.exits_folded + health.storage_failures;
}

double level_of(const FindingRule& rule, const Stretch& stretch) {
    const SpreadSum& level = stretch.value(rule.level);
    return level.empty() ? 0 : level.integral();
}

bool is_memory(const FindingRule& rule) {
    return rule.kind == FindingKind::swap_thrash || rule.kind == FindingKind::memory_stall;
}

/// Time that a rule blames threads for: where memory is short, all waits for it.
std::uint64_t blamed_ns(const FindingRule& rule, const PerState<std::uint64_t>& state_ns) {
    if (is_memory(rule)) {
        return state_ns[index(ThreadState::swap_wait)] + state_ns[index(ThreadState::mem_wait)];
    }
    return rule.blamed ? state_ns[index(*rule.blamed)] : 0;
}

}  // namespace

void Stretch::take_busier(const std::optional<BusiestDisk>& other) {
    if (other && (!disk || other->busy_pct > disk->busy_pct)) {
        disk = other;
    }
}

void Stretch::add(const Moment& moment) {
    from_unix_ns = length_ns == 0 ? moment.from_unix_ns : from_unix_ns;
    to_unix_ns = moment.to_unix_ns;
    length_ns += moment.interval_ns;
    cpus = std::max(cpus, moment.cpus);
    for (std::size_t i = 0; i < kMeasures; ++i) {
        values[i].add(moment.values[i], moment.interval_ns, moment.to_unix_ns);
    }
    take_busier(moment.disk);
}

void Stretch::add(const Stretch& later) {
    if (later.length_ns == 0) {
        return;
    }
    from_unix_ns = length_ns == 0 ? later.from_unix_ns : from_unix_ns;
    to_unix_ns = later.to_unix_ns;
    length_ns += later.length_ns;
    cpus = std::max(cpus, later.cpus);
    for (std::size_t i = 0; i < kMeasures; ++i) {
        values[i].merge(later.values[i]);
    }
    take_busier(later.disk);
}

void FindingWatch::begin() {
    locks_.begin();
    threads_.begin();
    reclaim_.begin();
    births_.clear();
    ends_ = 0;
    brief_exec_ns_ = 0;
    io_wait_age_ns_ = 0;
}

void FindingWatch::look(const Report& report, const ThreadRow& row, std::uint32_t process_group, bool born) {
    const Thread& thread = *row.now;
    const bool ended = row.exit_time_unix_ns != 0;
    if (born) {
        births_.push_back(process_group);
    }
    ends_ += ended ? 1 : 0;
    brief_exec_ns_ += born || ended ? row.state_ns[index(ThreadState::exec)] : 0;
    reclaim_.look(report, row);
    if (ended) {
        return;
    }
    locks_.look(row, process_group);
    threads_.look(row, process_group);
    if (thread.state == ThreadState::io_wait && (thread.measured & kMeasuredAge) != 0) {
        io_wait_age_ns_ = std::max(io_wait_age_ns_, saturating_sub(report.now_ns, thread.since_ns));
    }
}

/// What is the same for every scope: the machine's own numbers.
void FindingWatch::measure_machine(const Report& report, Moment& now) const {
    const auto set = [&now](Measure measure, const std::optional<double>& value) {
        now.values[static_cast<std::size_t>(measure)] = value;
    };
    const SystemRow& system = report.system;
    const double exec_pct = 100 * report.threads_in(ThreadState::exec) / static_cast<double>(std::max(1U, system.cpus));
    set(Measure::cpu_busy_pct, system.cpu_busy_pct ? *system.cpu_busy_pct : exec_pct);
    set(Measure::steal_pct, system.steal_pct);
    set(Measure::stall_cpu_pct, system.stall_cpu_pct);
    set(Measure::stall_io_pct, system.stall_io_pct);
    set(Measure::stall_io_full_pct, system.stall_io_full_pct);
    set(Measure::stall_memory_pct, system.stall_memory_pct);
    set(Measure::stall_memory_full_pct, system.stall_memory_full_pct);
    set(Measure::swap_in, system.swap_in_bytes_per_s);
    set(Measure::swap_out, system.swap_out_bytes_per_s);
    set(Measure::disk_read, system.disk_read_bytes_per_s);
    set(Measure::disk_write, system.disk_write_bytes_per_s);
    if (system.core_throttles || system.package_throttles) {
        set(Measure::throttles,
            static_cast<double>(system.core_throttles.value_or(0) + system.package_throttles.value_or(0)));
    }
    set(Measure::lost, static_cast<double>(lost_));
    now.disk = system.busiest_disk;
}

Moment FindingWatch::measure(const Report& report, FindingScope scope) const {
    Moment now;
    now.to_unix_ns = report.time_unix_ns;
    now.from_unix_ns = saturating_sub(report.time_unix_ns, report.interval_ns);
    now.interval_ns = report.interval_ns;
    now.cpus = report.system.cpus;
    now.is_part = filtered_ && scope == FindingScope::recorded;
    PerState<std::uint64_t> state_ns = report.total_ns;
    if (now.is_part) {
        state_ns = {};
        for (const ProcessRow& process : report.processes) {
            for (std::size_t state = 0; state < kStateCount; ++state) {
                state_ns[state] += process.state_ns[state];
            }
        }
    }
    const auto set = [&now](Measure measure, double value) { now.values[static_cast<std::size_t>(measure)] = value; };
    const auto per_interval = [&](std::uint64_t ns) {
        return static_cast<double>(ns) / static_cast<double>(report.interval_ns);
    };
    for (const auto& [measure, state] : {std::pair(Measure::cpu_wait, ThreadState::cpu_wait),
                                         {Measure::io_wait, ThreadState::io_wait},
                                         {Measure::swap_wait, ThreadState::swap_wait},
                                         {Measure::mem_wait, ThreadState::mem_wait},
                                         {Measure::zombies, ThreadState::zombie}}) {
        set(measure, per_interval(state_ns[index(state)]));
    }
    measure_machine(report, now);
    if (now.is_part) {
        // Pressure on memory is some thread's, perhaps of one that was not recorded.
        now.values[static_cast<std::size_t>(Measure::stall_memory_pct)].reset();
        now.values[static_cast<std::size_t>(Measure::stall_memory_full_pct)].reset();
    }
    if (scope == FindingScope::recorded) {
        measure_rows(report, now);
    }
    set(Measure::memory_delay, std::max(now.value_or_0(Measure::swap_wait) + now.value_or_0(Measure::mem_wait) +
                                            now.value_or_0(Measure::exec_reclaim),
                                        now.value_or_0(Measure::stall_memory_pct) / 100));
    return now;
}

/// What only rows have.
void FindingWatch::measure_rows(const Report& report, Moment& now) const {
    const auto set = [&now](Measure measure, double value) { now.values[static_cast<std::size_t>(measure)] = value; };
    const auto per_interval = [&](std::uint64_t ns) {
        return static_cast<double>(ns) / static_cast<double>(report.interval_ns);
    };
    if (const auto reclaim_ns = reclaim_.sum()) {
        set(Measure::exec_reclaim, per_interval(*reclaim_ns));
    }
    const std::uint64_t ends = ends_ + (filtered_ ? 0 : report.unlisted_exits);
    set(Measure::births_per_s, per_second(static_cast<double>(births_.size()), report.interval_ns));
    set(Measure::ends_per_s, per_second(static_cast<double>(ends), report.interval_ns));
    set(Measure::brief_exec, per_interval(brief_exec_ns_));
    set(Measure::io_wait_age_s, to_seconds(io_wait_age_ns_));
}

void FindingWatch::blame(const FindingRule& rule, const Report& report, std::span<const std::uint32_t> process_groups,
                         std::vector<std::uint64_t>& to) const {
    if (rule.kind == FindingKind::short_lived_storm) {
        for (const std::uint32_t group : births_) {
            ++to[group];
        }
        return;
    }
    for (std::size_t at = 0; rule.blamed && at < report.processes.size(); ++at) {
        to[process_groups[at]] += blamed_ns(rule, report.processes[at].state_ns);
        to[process_groups[at]] += is_memory(rule) ? reclaim_.of_process(at) : 0;
    }
}

void FindingWatch::close(const FindingRule& rule, Watch& watch) {
    if (level_of(rule, watch.run) > level_of(rule, watch.worst) || watch.worst.length_ns == 0) {
        watch.worst = watch.run;
        std::swap(watch.worst_blame, watch.run_blame);
        watch.worst_whole = watch.run_whole;
    }
    watch.running = false;
}

void FindingWatch::step(const FindingRule& rule, Watch& watch, const Moment& now, const Report& report,
                        std::span<const std::uint32_t> process_groups, std::size_t groups) const {
    if (rule.holds(now)) {
        if (!watch.running) {
            watch.running = true;
            watch.run = Stretch{};
            watch.run_blame.assign(groups, 0);
            watch.run_whole = 0;
        } else {
            watch.run.add(watch.gap);
        }
        watch.gap = Stretch{};
        watch.run.add(now);
        watch.run_blame.resize(std::max(groups, watch.run_blame.size()), 0);
        watch.total_ns += now.interval_ns;
        blame(rule, report, process_groups, watch.run_blame);
        watch.run_whole += now.is_part ? 0 : blamed_ns(rule, report.total_ns);
    } else if (watch.running) {
        watch.gap.add(now);
        if (watch.gap.length_ns > kFindingGapNs) {
            close(rule, watch);
        }
    }
}

/// Ends what is running: time that no report covers follows.
void FindingWatch::interrupt() {
    for (std::size_t at = 0; at < kFindingRules; ++at) {
        for (Watch* watch : {&recorded_[at], &machine_[at]}) {
            if (watch->running) {
                close(finding_rules()[at], *watch);
            }
        }
    }
}

void FindingWatch::end(const Report& report, std::span<const std::uint32_t> process_groups, std::size_t groups) {
    const std::uint64_t lost = lost_of(report.health);
    lost_ = std::max(saturating_sub(lost, lost_before_), report.health.threads_without_slot);
    lost_before_ = lost;
    const std::uint64_t begin_ns = saturating_sub(report.now_ns, report.interval_ns);
    if (ended_ns_ != 0 && saturating_sub(begin_ns, ended_ns_) > kFindingGapNs) {
        interrupt();
    }
    ended_ns_ = report.now_ns;
    const Moment recorded = measure(report, FindingScope::recorded);
    const Moment machine = filtered_ ? measure(report, FindingScope::machine) : Moment{};
    for (std::size_t at = 0; at < kFindingRules; ++at) {
        const FindingRule& rule = finding_rules()[at];
        if (!filtered_ || rule.scope != RuleScope::machine) {
            step(rule, recorded_[at], recorded, report, process_groups, groups);
        }
        if (filtered_ && rule.scope != RuleScope::recorded) {
            step(rule, machine_[at], machine, report, process_groups, groups);
        }
    }
    locks_.end(report);
    threads_.end(report, locks_);
    cpus_.end(report, process_groups, groups);
}

std::optional<FindingWatch::Ruled> FindingWatch::ruled_by(const FindingRule& rule, const Watch& watch,
                                                          const GroupTable& processes, std::uint64_t elapsed_ns) {
    const bool of_run = watch.running && level_of(rule, watch.run) >= level_of(rule, watch.worst);
    const Stretch& stretch = of_run ? watch.run : watch.worst;
    // Dropped data counts however short.
    const bool long_enough = rule.kind == FindingKind::data_lost || stretch.length_ns >= kLeastStretchNs;
    if (stretch.length_ns == 0 || !long_enough) {
        return std::nullopt;
    }
    const std::vector<std::uint64_t>& shares = of_run ? watch.run_blame : watch.worst_blame;
    // With more threads than slots, the rows are not the whole machine.
    const std::uint64_t sum = std::max(std::accumulate(shares.begin(), shares.end(), std::uint64_t{0}),
                                       of_run ? watch.run_whole : watch.worst_whole);
    Ruled ruled;
    ruled.state = rule.blamed;
    for (std::size_t group = 0; sum != 0 && group < shares.size(); ++group) {
        const double share = static_cast<double>(shares[group]) / static_cast<double>(sum);
        if (share >= kLeastShare) {
            const auto& name = processes.all()[group].name.process;
            ruled.blamed.push_back({std::string(name.data(), strnlen(name.data(), name.size())), share});
        }
    }
    std::ranges::sort(ruled.blamed, {}, [](const Blamed& one) { return std::tuple(-one.share, one.name); });
    ruled.blamed.resize(std::min(ruled.blamed.size(), kMaxBlamed));
    ruled.threads = stretch.value(rule.level).mean();
    SummaryFinding& finding = ruled.finding;
    finding.kind = rule.kind;
    finding.from_unix_ns = stretch.from_unix_ns;
    finding.to_unix_ns = stretch.to_unix_ns;
    finding.worst_at_unix_ns = stretch.value(rule.level).max_at_unix_ns();
    finding.total_ns = watch.total_ns;
    finding.weight =
        rule.weight * level_of(rule, stretch) / static_cast<double>(std::max<std::uint64_t>(elapsed_ns, 1));
    word_finding(stretch, ruled.blamed, finding);
    return ruled;
}

std::vector<FindingWatch::Ruled> FindingWatch::ruled(const Watches& watches, FindingScope scope,
                                                     const GroupTable& processes, std::uint64_t elapsed_ns) {
    std::vector<Ruled> all;
    for (std::size_t rule = 0; rule < kFindingRules; ++rule) {
        if (auto one = ruled_by(finding_rules()[rule], watches[rule], processes, elapsed_ns)) {
            one->finding.scope = scope;
            all.push_back(std::move(*one));
        }
    }
    return all;
}

/// What a more precise finding says as well is not repeated.
void FindingWatch::remove_repetitions(std::vector<Ruled>& ruled, std::vector<ThreadGroup>& stuck,
                                      std::vector<ThreadGroup>& io_bound, const CaseFindings& cases) {
    constexpr double kRest = 0.25;  // threads
    const auto overlap = [](const SummaryFinding& finding, const ThreadFound& thread) {
        return finding.from_unix_ns < thread.to_unix_ns && thread.from_unix_ns < finding.to_unix_ns;
    };
    // A few stuck threads are the whole stall.
    std::erase_if(ruled, [&](const Ruled& one) {
        if (one.finding.kind != FindingKind::io_stall && one.finding.kind != FindingKind::memory_stall) {
            return false;
        }
        std::size_t threads = 0;
        for (const ThreadGroup& group : stuck) {
            threads += static_cast<std::size_t>(std::ranges::count_if(group, [&](const ThreadFound& thread) {
                return thread.state == one.state && thread.is_single && overlap(one.finding, thread);
            }));
        }
        return threads != 0 && one.threads <= static_cast<double>(threads) + kRest;
    });
    // A finding that blames their process says why these threads wait, unless each is in a single wait.
    const auto said = [&](const ThreadGroup& group) {
        const ThreadFound& first = group.front();
        const std::string_view process = cases.process_of(first.details->process_group);
        return std::ranges::any_of(ruled, [&](const Ruled& one) {
            return one.state == first.state && overlap(one.finding, first) &&
                   std::ranges::any_of(one.blamed, [&](const Blamed& blamed) {
                       return blamed.name == process && blamed.share >= kMostOfIt;
                   });
        });
    };
    std::erase_if(stuck, [&](const ThreadGroup& group) {
        return !std::ranges::all_of(group, &ThreadFound::is_single) && group.front().state != ThreadState::cpu_wait &&
               said(group);
    });
    std::erase_if(io_bound, said);
}

std::vector<SummaryFinding> FindingWatch::findings(const GroupTable& processes, std::uint64_t elapsed_ns) const {
    const CaseFindings cases(processes, elapsed_ns);
    std::vector<Ruled> rules = ruled(recorded_, FindingScope::recorded, processes, elapsed_ns);
    std::vector<ThreadGroup> stuck = cases.stuck(threads_);
    std::vector<ThreadGroup> io_bound = cases.io_bound(threads_);
    remove_repetitions(rules, stuck, io_bound, cases);
    std::vector<SummaryFinding> findings;
    const auto append = [&findings](std::vector<SummaryFinding> more) {
        std::ranges::move(more, std::back_inserter(findings));
    };
    for (Ruled& one : rules) {
        findings.push_back(std::move(one.finding));
    }
    append(cases.of_locks(locks_));
    append(cases.of_cpus(cpus_));
    append(cases.of_threads(FindingKind::stuck_thread, stuck));
    append(cases.of_threads(FindingKind::io_bound, io_bound));
    for (Ruled& one : ruled(machine_, FindingScope::machine, processes, elapsed_ns)) {
        findings.push_back(std::move(one.finding));
    }
    std::ranges::stable_sort(findings, std::greater{}, &SummaryFinding::weight);
    std::ranges::stable_sort(findings, {}, &SummaryFinding::scope);
    return findings;
}

}  // namespace tsa
