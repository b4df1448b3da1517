// SPDX-License-Identifier: MIT
// See report.h. One pass over the threads; a thread without an event since the previous sample costs a few ns.
#include "model/report.h"

#include <algorithm>

#include "base/saturating.h"
#include "model/sample.h"
#include "model/sleepers.h"
#include "model/thread_filter.h"

namespace tsa {

namespace {

constexpr std::size_t kPrefetchDistance = 12;

std::uint64_t entries_before(const ThreadRow& row, ThreadState state) {
    return row.before != nullptr ? row.before->entries[index(state)] : 0;
}

std::optional<std::uint64_t> bytes_grown(const ThreadRow& row, std::optional<std::uint64_t> Thread::*counter) {
    if (!(row.now->*counter).has_value()) {
        return std::nullopt;
    }
    // First seen inside the interval: its I/O since its start counts only if it also started there.
    if (row.before == nullptr) {
        return row.now->since_is_upper_bound ? 0 : *(row.now->*counter);
    }
    return saturating_sub(*(row.now->*counter), (row.before->*counter).value_or(0));
}

/// Counted from 0 since the thread was first seen.
std::optional<std::uint64_t> net_grown(const ThreadRow& row, std::optional<std::uint64_t> Thread::*counter) {
    const std::optional<std::uint64_t>& now = row.now->*counter;
    const std::uint64_t before = row.before != nullptr ? (row.before->*counter).value_or(0) : 0;
    return now ? std::optional(saturating_sub(*now, before)) : std::nullopt;
}

bool listed(const Thread& thread, const ReportOptions& options) {
    if (thread.kernel && !options.kernel_threads) {
        return false;
    }
    if (options.followed_only && !thread.followed) {
        return false;
    }
    if (options.process && !options.process->matches(thread)) {
        return false;
    }
    const auto is_it = [&thread](const ChosenThread& chosen) { return chosen.matches(thread); };
    if (!options.threads.empty() && std::ranges::none_of(options.threads, is_it)) {
        return false;
    }
    return options.filter == nullptr || options.filter->matches(thread);
}

/// Time that an earlier interval assigned to a state may turn out to belong to another (a repaired switch). That state
/// would have to shrink, which is impossible, so the surplus is taken from the state that grew instead.
void take_surplus(PerState<std::uint64_t>& state_ns, std::uint64_t surplus) {
    while (surplus != 0) {
        std::uint64_t& largest = *std::max_element(state_ns.begin(), state_ns.end());
        const std::uint64_t taken = std::min(largest, surplus);
        if (taken == 0) {
            return;
        }
        largest -= taken;
        surplus -= taken;
    }
}

/// The parts of a state never exceed it: what an open wait belongs to may turn out differently when it ends.
void measure_parts(ThreadRow& row, std::uint64_t before_ns, std::uint64_t now_ns) {
    PerState<std::uint64_t> left = row.state_ns;
    for (const PartInfo& entry : kParts) {
        const std::uint64_t before = row.before != nullptr ? part_total_ns(*row.before, entry.part, before_ns) : 0;
        std::uint64_t& whole = left[index(entry.whole)];
        row.part_ns[entry.part] = std::min(saturating_sub(part_total_ns(*row.now, entry.part, now_ns), before), whole);
        whole -= row.part_ns[entry.part];
    }
}

/// Fills wall, state_ns and part_ns from the totals at both ends.
void measure(ThreadRow& row, std::uint64_t before_ns, std::uint64_t now_ns) {
    row.wall_ns = 0;
    for (std::size_t i = 0; i < kStateCount; ++i) {
        const auto state = static_cast<ThreadState>(i);
        const std::uint64_t before = row.before != nullptr ? state_total_ns(*row.before, state, before_ns) : 0;
        row.state_ns[i] = saturating_sub(state_total_ns(*row.now, state, now_ns), before);
        row.wall_ns += row.state_ns[i];
    }
    const std::uint64_t from_ns = row.before != nullptr ? closed_at_ns(*row.before, before_ns) : row.now->first_seen_ns;
    const std::uint64_t lived_ns = saturating_sub(closed_at_ns(*row.now, now_ns), from_ns);
    if (row.wall_ns > lived_ns) {
        take_surplus(row.state_ns, row.wall_ns - lived_ns);
        row.wall_ns = lived_ns;
    }
    measure_parts(row, before_ns, now_ns);
}

/// The whole of the interval, but for what came after the instant of a sample.
std::uint64_t quiet_ns(const Thread& thread, const Sample& previous, const Sample& current) {
    return saturating_sub(closed_at_ns(thread, current.now_ns), closed_at_ns(thread, previous.now_ns));
}

/// Whether the threads that slept throughout are counted, and have no rows.
bool counts_sleepers(const Sample& current, const ReportOptions& options) {
    const bool chosen =
        options.process.has_value() || !options.threads.empty() || options.followed_only || options.filter != nullptr;
    return !options.sleepers && !chosen && current.round != 0;
}

/// What a process row uses from any of its threads.
void join(ProcessRow& process, const Thread& thread) {
    if (process.leader == nullptr || thread.tid == thread.tgid) {
        process.leader = &thread;
    }
    if (thread.rss_at_ns >= process.rss_at_ns) {
        process.rss_at_ns = thread.rss_at_ns;
        process.rss_bytes = thread.rss_bytes;
        process.newest = &thread;
    }
}

}  // namespace

std::uint64_t ThreadRow::entries(ThreadState state) const {
    return saturating_sub(now->entries[index(state)], entries_before(*this, state));
}

std::uint64_t ThreadRow::voluntary_switches() const {
    std::uint64_t sum = 0;
    for (std::size_t i = index(ThreadState::io_wait); i < kStateCount; ++i) {
        sum += entries(static_cast<ThreadState>(i));
    }
    return sum;
}

std::uint64_t ThreadRow::involuntary_switches() const {
    return saturating_sub(now->preempted_entries, before != nullptr ? before->preempted_entries : 0);
}

std::optional<std::uint64_t> ThreadRow::read_bytes() const {
    return bytes_grown(*this, &Thread::read_bytes);
}

std::optional<std::uint64_t> ThreadRow::write_bytes() const {
    return bytes_grown(*this, &Thread::write_bytes);
}

std::optional<std::uint64_t> ThreadRow::net_rx_bytes() const {
    return net_grown(*this, &Thread::net_rx_bytes);
}

std::optional<std::uint64_t> ThreadRow::net_tx_bytes() const {
    return net_grown(*this, &Thread::net_tx_bytes);
}

bool has_ended(const ThreadRow& row, std::uint64_t now_ns) {
    const Thread& thread = *row.now;
    return row.exit_time_unix_ns != 0 ||
           (thread.state == ThreadState::zombie && (thread.measured & kMeasuredAge) != 0 &&
            closed_at_ns(thread, now_ns) == thread.since_ns);
}

bool holder_is_steady(const ThreadRow& row) {
    const Thread* before = row.before;
    return before != nullptr && before != row.now && is_blocked(row.now->state) && before->state == row.now->state &&
           before->since_ns == row.now->since_ns && row.now->wait.owner_tid != 0 &&
           before->wait.owner_tid == row.now->wait.owner_tid;
}

double Report::threads_in(ThreadState state) const {
    return interval_ns == 0 ? 0.0 : static_cast<double>(total_ns[index(state)]) / static_cast<double>(interval_ns);
}

bool was_active(const PerState<std::uint64_t>& state_ns) {
    return state_ns[index(ThreadState::exec)] != 0 || latency_ns(state_ns) != 0;
}

ReportBuilder::ReportBuilder() = default;
ReportBuilder::ReportBuilder(ReportBuilder&&) noexcept = default;
ReportBuilder& ReportBuilder::operator=(ReportBuilder&&) noexcept = default;
ReportBuilder::~ReportBuilder() = default;

void ReportBuilder::build(const Sample& previous, const Sample& current, const ReportOptions& options, Report& out) {
    out.time_unix_ns = current.time_unix_ns;
    out.now_ns = current.now_ns;
    out.interval_ns = saturating_sub(current.now_ns, previous.now_ns);
    out.source = current.source;
    out.health = current.health;
    out.network = previous.network && current.network;
    out.own_before = previous.own;
    out.own_now = current.own;
    rows_used_ = 0;
    out.exited.clear();
    out.active_rows = 0;
    out.total_ns = {};
    out.listed_ns = {};
    last_tgid_ = UINT32_MAX;
    if (counts_sleepers(current, options)) {
        add_awake(previous, current, options, out);
    } else {
        add_all(previous, current, options, out);
    }
    add_untracked(previous, current, out);
    find_measured(current, out);
    out.total_wall_ns = 0;
    for (const std::uint64_t ns : out.total_ns) {
        out.total_wall_ns += ns;
    }
    measure_system(previous.system, current.system, out.interval_ns, out.system);
    out.system.cpu_exec_ns = out.total_ns[index(ThreadState::exec)];
}

void ReportBuilder::add_all(const Sample& previous, const Sample& current, const ReportOptions& options, Report& out) {
    if (sleepers_ != nullptr) {
        sleepers_->forget();
    }
    out.processes.clear();
    process_of_.clear();
    for (std::size_t i = 0; i < current.threads.size(); ++i) {
        // Threads are several cache lines apart, more than the hardware prefetches.
        __builtin_prefetch(current.threads.data() + std::min(i + kPrefetchDistance, current.threads.size() - 1));
        if (current.threads[i].life != 0) {
            add_row(previous, current, i, options, out);
        }
    }
    out.threads.resize(rows_used_);
    out.listed_threads = rows_used_;
    for (const ExitedThread& exited : current.exited) {
        add_exited(previous, current, exited, options, out);
    }
}

void ReportBuilder::add_awake(const Sample& previous, const Sample& current, const ReportOptions& options,
                              Report& out) {
    if (sleepers_ == nullptr) {
        sleepers_ = std::make_unique<Sleepers>();
    }
    Sleepers& sleepers = *sleepers_;
    counted_in_ = &current;
    sleepers.begin(previous, current, options, out);
    for (const std::uint32_t index : sleepers.to_look_at()) {
        if (sleepers.look(previous, current, index, options, out)) {
            add_row(previous, current, index, options, out);
        }
    }
    sleepers.search_threads(current, out);
    add_sleeping_holders(previous, current, out);
    out.threads.resize(rows_used_);
    for (const ExitedThread& exited : current.exited) {
        add_exited(previous, current, exited, options, out);
    }
    sleepers.end(out);
    counted_in_ = nullptr;
}

/// Rows of sleepers that rows of waiting threads name. Their time is counted already.
void ReportBuilder::add_sleeping_holders(const Sample& previous, const Sample& current, Report& out) {
    holders_.clear();
    for (std::size_t at = 0; at < rows_used_; ++at) {
        const Wait& wait = out.threads[at].now->wait;
        for (const std::uint32_t tid : {wait.owner_tid, wait.peer_tid}) {
            if (tid != 0) {
                holders_.push_back(tid);
            }
        }
    }
    if (holders_.empty()) {
        return;
    }
    std::ranges::sort(holders_);
    sleepers_->for_each_asleep(holders_, [&](std::size_t index) { quiet_row(previous, current, index, out); });
}

void ReportBuilder::add_row(const Sample& previous, const Sample& current, std::size_t index,
                            const ReportOptions& options, Report& out) {
    const Thread& now = current.threads[index];
    if (index < previous.versions.size() && previous.versions[index] == current.versions[index]) {
        add_quiet_row(previous, current, index, options, out);
        return;
    }
    ThreadRow row;
    row.now = &now;
    const bool known = index < previous.threads.size() && previous.threads[index].life == now.life;
    row.before = known ? &previous.threads[index] : nullptr;
    measure(row, previous.now_ns, current.now_ns);
    for (std::size_t i = 0; i < kStateCount; ++i) {
        out.total_ns[i] += row.state_ns[i];
    }
    // A thread that was chosen by its TID may have got another one, by exec.
    if (listed(now, options) || (row.before != nullptr && row.before->tid != now.tid && listed(*row.before, options))) {
        add_to_process(row, false, out);
        next_row(out) = row;
    }
}

/// No event in between: the whole interval belongs to its current state. The case of most threads on most machines: it
/// reads one cache line of the thread, and none of its previous state.
void ReportBuilder::add_quiet_row(const Sample& previous, const Sample& current, std::size_t at,
                                  const ReportOptions& options, Report& out) {
    const Thread& thread = current.threads[at];
    const std::size_t state = index(thread.state);
    if (!listed(thread, options)) {
        out.total_ns[state] += quiet_ns(thread, previous, current);
        return;
    }
    const ThreadRow& row = quiet_row(previous, current, at, out);
    out.total_ns[state] += row.wall_ns;
    out.listed_ns[state] += row.wall_ns;
    ProcessRow& process = out.processes[row.process];
    join(process, thread);
    process.threads += counted_in_ == nullptr ? 1 : 0;
    process.wall_ns += row.wall_ns;
    process.state_ns[state] += row.wall_ns;
    if (const std::optional<Part> part = open_part(thread)) {
        process.part_ns[*part] += row.wall_ns;
    }
    out.active_rows += row.wall_ns != 0 && thread.state < ThreadState::sync ? 1 : 0;
}

ThreadRow& ReportBuilder::quiet_row(const Sample& previous, const Sample& current, std::size_t at, Report& out) {
    const Thread& thread = current.threads[at];
    const std::size_t state = index(thread.state);
    const std::uint64_t wall_ns = quiet_ns(thread, previous, current);
    const std::uint32_t process_at = process_index(thread.tgid, out);
    ThreadRow& row = next_row(out);
    row.now = &thread;
    row.before = &previous.threads[at];
    // What an earlier report left here is mostly the same but for the length: all other times are 0 and stay so.
    if (!row.quiet || row.state_ns[state] != row.wall_ns) {
        row.state_ns = {};
        row.part_ns = {};
        row.exit_time_unix_ns = 0;
    }
    if (const std::optional<Part> part = open_part(thread)) {
        row.part_ns[*part] = wall_ns;
    }
    row.wall_ns = wall_ns;
    row.process = process_at;
    // The holder of its lock may change without an event of this thread.
    const bool same_holder =
        thread.state != ThreadState::lock_wait || (thread.wait.owner_tid == row.before->wait.owner_tid &&
                                                   thread.wait.owner_exited == row.before->wait.owner_exited);
    row.quiet = wall_ns == out.interval_ns && thread.state > ThreadState::cpu_wait && same_holder;
    row.state_ns[state] = wall_ns;
    return row;
}

void ReportBuilder::add_exited(const Sample& previous, const Sample& current, const ExitedThread& exited,
                               const ReportOptions& options, Report& out) {
    ThreadRow row;
    row.now = &exited.thread;
    const bool known =
        exited.index < previous.threads.size() && previous.threads[exited.index].life == exited.thread.life;
    row.before = known ? &previous.threads[exited.index] : nullptr;
    // Closed at its end: no open interval is added.
    measure(row, previous.now_ns, exited.exit_ns);
    // The clock reading pair of the sample turns CLOCK_MONOTONIC into wall-clock time.
    row.exit_time_unix_ns = current.time_unix_ns + exited.exit_ns - current.now_ns;
    for (std::size_t i = 0; i < kStateCount; ++i) {
        out.total_ns[i] += row.state_ns[i];
    }
    if (listed(*row.now, options)) {
        add_to_process(row, true, out);
        out.exited.push_back(row);
    }
}

/// Threads known only as a sum. A thread that was listed before and then ended without a record adds its whole lifetime
/// to the sum: the part from earlier intervals is subtracted.
void ReportBuilder::add_untracked(const Sample& previous, const Sample& current, Report& out) {
    out.unlisted_exits = saturating_sub(current.untracked.exits, previous.untracked.exits);
    PerState<std::uint64_t> known_ns = previous.untracked.ns;
    if (out.unlisted_exits != 0) {
        ended_.assign(previous.threads.size(), false);
        for (const ExitedThread& exited : current.exited) {
            if (exited.index < ended_.size() && previous.threads[exited.index].life == exited.thread.life) {
                ended_[exited.index] = true;
            }
        }
        for (std::size_t i = 0; i < previous.threads.size(); ++i) {
            const Thread& before = previous.threads[i];
            const bool alive = i < current.threads.size() && current.threads[i].life == before.life;
            if (before.life == 0 || alive || ended_[i]) {
                continue;
            }
            for (std::size_t state = 0; state < kStateCount; ++state) {
                known_ns[state] += state_total_ns(before, static_cast<ThreadState>(state), previous.now_ns);
            }
        }
    }
    for (std::size_t state = 0; state < kStateCount; ++state) {
        out.total_ns[state] += saturating_sub(current.untracked.ns[state], known_ns[state]);
    }
}

/// What the source could measure for every thread. The probes measure everything for every thread: no loop needed.
void ReportBuilder::find_measured(const Sample& current, Report& out) {
    out.measured = kMeasuredAll;
    if (current.source == Source::bpf) {
        return;
    }
    for (const Thread& thread : current.threads) {
        out.measured &= thread.life != 0 ? thread.measured : kMeasuredAll;
    }
    const auto narrow = [&](const ThreadRow& row) { out.processes[row.process].measured &= row.now->measured; };
    std::ranges::for_each(out.threads, narrow);
    std::ranges::for_each(out.exited, narrow);
}

std::uint32_t ReportBuilder::find_process(std::uint32_t tgid, Report& out) {
    if (counted_in_ != nullptr) {
        return sleepers_->touch(tgid, *counted_in_, out);
    }
    const auto [place, is_new] = process_of_.insert(tgid);
    if (is_new) {
        place.index = static_cast<std::uint32_t>(out.processes.size());
        out.processes.push_back(ProcessRow{});
        out.processes.back().tgid = tgid;
    }
    last_tgid_ = tgid;
    last_process_ = place.index;
    return last_process_;
}

void ReportBuilder::add_to_process(ThreadRow& row, bool exited, Report& out) {
    row.process = process_index(row.now->tgid, out);
    ProcessRow& process = out.processes[row.process];
    join(process, *row.now);
    process.exited_threads += exited ? 1 : 0;
    process.threads += exited || counted_in_ != nullptr ? 0 : 1;
    process.wall_ns += row.wall_ns;
    for (std::size_t i = 0; i < kStateCount; ++i) {
        process.state_ns[i] += row.state_ns[i];
        out.listed_ns[i] += row.state_ns[i];
    }
    process.part_ns += row.part_ns;
    out.active_rows += was_active(row.state_ns) ? 1 : 0;
    process.voluntary_switches += row.voluntary_switches();
    process.involuntary_switches += row.involuntary_switches();
    process.read_bytes += row.read_bytes().value_or(0);
    process.write_bytes += row.write_bytes().value_or(0);
    process.net_rx_bytes += row.net_rx_bytes().value_or(0);
    process.net_tx_bytes += row.net_tx_bytes().value_or(0);
}

}  // namespace tsa
