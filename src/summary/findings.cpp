// See findings.h.
#include "summary/findings.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <tuple>

#include "base/saturating.h"
#include "base/time_units.h"

namespace tsa {

namespace {

/// A stretch that is interrupted for less than this is one stretch.
constexpr std::uint64_t kGapNs = 3'000'000'000;
/// Shorter ones are hiccups: every machine has them. Dropped data counts however short.
constexpr std::uint64_t kLeastStretchNs = 2'000'000'000;
/// More waiters than this are not distinguished by lock.
constexpr std::size_t kMaxLockWaiters = 4096;
constexpr std::size_t kMaxOwnersInChain = 64;
/// Names with a smaller share are not mentioned.
constexpr double kLeastShare = 0.05;
constexpr std::size_t kMaxBlamed = 3;

std::uint64_t lost_of(const Health& health) {
    return health.threads_without_slot + health.exit_records_lost + health.exits_folded + health.storage_failures;
}

double level_of(const FindingRule& rule, const Stretch& stretch) {
    const SpreadSum& level = stretch.value(rule.level);
    return level.empty() ? 0 : level.integral();
}

}  // namespace

void Stretch::take_worse(const ContendedLock& other, const std::optional<BusiestDisk>& other_disk) {
    if (other.waiters > lock.waiters) {
        lock = other;
    }
    if (other_disk && (!disk || other_disk->busy_pct > disk->busy_pct)) {
        disk = other_disk;
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
    take_worse(moment.lock, moment.disk);
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
    take_worse(later.lock, later.disk);
}

void FindingWatch::begin() {
    lock_waiters_.clear();
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
    if (ended) {
        return;
    }
    if (thread.state == ThreadState::lock_wait && lock_waiters_.size() < kMaxLockWaiters) {
        const Wait& wait = thread.wait;
        lock_waiters_.push_back(
            {thread.tid, wait.owner_tid, wait.kernel_lock ? 0 : thread.tgid, wait.args[0], wait.owner_exited});
    }
    if (thread.state == ThreadState::io_wait && (thread.measured & kMeasuredAge) != 0) {
        io_wait_age_ns_ = std::max(io_wait_age_ns_, saturating_sub(report.now_ns, thread.since_ns));
    }
}

/// Follows owners up to the wait whose owner does not itself wait for a lock, or is not known. `lock_waiters_` is
/// sorted by TID.
const FindingWatch::Waiting& FindingWatch::end_of_chain(const Waiting& waiting) const {
    const Waiting* at = &waiting;
    for (std::size_t step = 0; at->owner_tid != 0 && !at->owner_exited && step < kMaxOwnersInChain; ++step) {
        const auto next = std::ranges::lower_bound(lock_waiters_, at->owner_tid, {}, &Waiting::tid);
        if (next == lock_waiters_.end() || next->tid != at->owner_tid || next->owner_tid == 0) {
            break;
        }
        at = &*next;
    }
    return *at;
}

/// The holder with the most waiters; among equals the one with the lowest TID, so that the order of rows does not
/// matter.
void FindingWatch::find_lock(const Report& report) {
    std::ranges::sort(lock_waiters_, {}, &Waiting::tid);
    ends_of_chains_.clear();
    for (const Waiting& waiting : lock_waiters_) {
        const Waiting& end = end_of_chain(waiting);
        ends_of_chains_.push_back(end.owner_tid != 0 ? Waiting{0, end.owner_tid, 0, 0, end.owner_exited}
                                                     : Waiting{0, 0, waiting.lock_tgid, waiting.lock});
    }
    const auto what = [](const Waiting& waiting) {
        return std::tuple(waiting.owner_tid, waiting.lock_tgid, waiting.lock);
    };
    std::ranges::sort(ends_of_chains_, {}, what);
    ContendedLock& lock = now_.lock;
    for (std::size_t begin = 0, end = 0; begin < ends_of_chains_.size(); begin = end) {
        while (end < ends_of_chains_.size() && what(ends_of_chains_[end]) == what(ends_of_chains_[begin])) {
            ++end;
        }
        if (end - begin > lock.waiters) {
            const Waiting& waiting = ends_of_chains_[begin];
            lock = {static_cast<std::uint32_t>(end - begin), waiting.owner_tid, waiting.owner_exited, {}};
        }
    }
    if (lock.owner_tid == 0 || lock.waiters < 2) {
        return;
    }
    const auto owner =
        std::ranges::find_if(report.threads, [&](const ThreadRow& row) { return row.now->tid == lock.owner_tid; });
    if (owner != report.threads.end()) {
        lock.owner_comm = owner->now->comm;
    }
}

void FindingWatch::measure(const Report& report) {
    now_ = Moment{};
    now_.to_unix_ns = report.time_unix_ns;
    now_.from_unix_ns = saturating_sub(report.time_unix_ns, report.interval_ns);
    now_.interval_ns = report.interval_ns;
    now_.cpus = report.system.cpus;
    const auto set = [this](Measure measure, const std::optional<double>& value) {
        now_.values[static_cast<std::size_t>(measure)] = value;
    };
    set(Measure::cpu_wait, report.threads_in(ThreadState::cpu_wait));
    set(Measure::io_wait, report.threads_in(ThreadState::io_wait));
    set(Measure::swap_wait, report.threads_in(ThreadState::swap_wait));
    set(Measure::mem_wait, report.threads_in(ThreadState::mem_wait));
    set(Measure::lock_wait, report.threads_in(ThreadState::lock_wait));
    set(Measure::zombies, report.threads_in(ThreadState::zombie));
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
    set(Measure::births_per_s, per_second(static_cast<double>(births_.size()), report.interval_ns));
    set(Measure::ends_per_s, per_second(static_cast<double>(ends_ + report.unlisted_exits), report.interval_ns));
    set(Measure::brief_exec, static_cast<double>(brief_exec_ns_) / static_cast<double>(report.interval_ns));
    find_lock(report);
    set(Measure::lock_waiters, now_.lock.waiters);
    set(Measure::io_wait_age_s, to_seconds(io_wait_age_ns_));
    if (system.core_throttles || system.package_throttles) {
        set(Measure::throttles,
            static_cast<double>(system.core_throttles.value_or(0) + system.package_throttles.value_or(0)));
    }
    const std::uint64_t lost = lost_of(report.health);
    set(Measure::lost,
        static_cast<double>(std::max(saturating_sub(lost, lost_before_), report.health.threads_without_slot)));
    lost_before_ = lost;
    now_.disk = system.busiest_disk;
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
        to[process_groups[at]] += report.processes[at].state_ns[index(*rule.blamed)];
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

void FindingWatch::step(const FindingRule& rule, const Report& report, std::span<const std::uint32_t> process_groups,
                        std::size_t groups) {
    Watch& watch = watches_[static_cast<std::size_t>(rule.kind)];
    if (rule.holds(now_)) {
        if (!watch.running) {
            watch.running = true;
            watch.run = Stretch{};
            watch.run_blame.assign(groups, 0);
            watch.run_whole = 0;
        } else {
            watch.run.add(watch.gap);
        }
        watch.gap = Stretch{};
        watch.run.add(now_);
        watch.run_blame.resize(std::max(groups, watch.run_blame.size()), 0);
        watch.total_ns += now_.interval_ns;
        blame(rule, report, process_groups, watch.run_blame);
        watch.run_whole += rule.blamed ? report.total_ns[index(*rule.blamed)] : 0;
    } else if (watch.running) {
        watch.gap.add(now_);
        if (watch.gap.length_ns > kGapNs) {
            close(rule, watch);
        }
    }
}

void FindingWatch::end(const Report& report, std::span<const std::uint32_t> process_groups, std::size_t groups) {
    measure(report);
    for (const FindingRule& rule : finding_rules()) {
        step(rule, report, process_groups, groups);
    }
}

std::vector<SummaryFinding> FindingWatch::findings(const GroupTable& processes, std::uint64_t elapsed_ns) const {
    std::vector<SummaryFinding> findings;
    for (const FindingRule& rule : finding_rules()) {
        const Watch& watch = watches_[static_cast<std::size_t>(rule.kind)];
        const bool of_run = watch.running && level_of(rule, watch.run) >= level_of(rule, watch.worst);
        const Stretch& stretch = of_run ? watch.run : watch.worst;
        const bool long_enough = rule.kind == FindingKind::data_lost || stretch.length_ns >= kLeastStretchNs;
        if (stretch.length_ns == 0 || !long_enough) {
            continue;
        }
        const std::vector<std::uint64_t>& shares = of_run ? watch.run_blame : watch.worst_blame;
        std::uint64_t sum = 0;
        for (const std::uint64_t share : shares) {
            sum += share;
        }
        // With a filter, or with more threads than slots, the rows are not the whole machine.
        sum = std::max(sum, of_run ? watch.run_whole : watch.worst_whole);
        std::vector<Blamed> blamed;
        for (std::size_t group = 0; sum != 0 && group < shares.size(); ++group) {
            const double share = static_cast<double>(shares[group]) / static_cast<double>(sum);
            if (share >= kLeastShare) {
                const auto& name = processes.all()[group].name.process;
                blamed.push_back({std::string(name.data(), strnlen(name.data(), name.size())), share});
            }
        }
        std::ranges::sort(blamed, {}, [](const Blamed& one) { return std::tuple(-one.share, one.name); });
        blamed.resize(std::min(blamed.size(), kMaxBlamed));
        SummaryFinding& finding = findings.emplace_back();
        finding.kind = rule.kind;
        finding.from_unix_ns = stretch.from_unix_ns;
        finding.to_unix_ns = stretch.to_unix_ns;
        finding.worst_at_unix_ns = stretch.value(rule.level).max_at_unix_ns();
        finding.total_ns = watch.total_ns;
        finding.weight =
            rule.weight * level_of(rule, stretch) / static_cast<double>(std::max<std::uint64_t>(elapsed_ns, 1));
        word_finding(stretch, blamed, finding);
    }
    std::ranges::stable_sort(findings, std::greater{}, &SummaryFinding::weight);
    return findings;
}

}  // namespace tsa
