// SPDX-License-Identifier: MIT
// See delayed.h. What a thread waited for is seen at the end of each interval, and weighs as much as the time that the
// thread was in that state in the interval. It is named only if it has most of that time.
#include "summary/delayed.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <utility>

#include "base/saturating.h"
#include "model/columns.h"
#include "model/wait_labels.h"
#include "summary/noisy.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

/// Of each thread; one with less time gives way to another.
constexpr std::size_t kMaxWaits = 6;
constexpr std::size_t kMaxDoings = 4;
constexpr std::size_t kMaxDisks = 4;
constexpr std::size_t kMaxWokenBy = 32;
/// Of a state's time, what must be in intervals that ended in it.
constexpr double kSeen = 0.25;

void assign(std::string& to, std::string_view text) {
    if (to != text) {
        to = text;
    }
}

std::uint64_t ns_in(const PerState<std::uint64_t>& ns, ThreadState state) {
    return ns[index(state)];
}

/// The time of a row, whose quiet ones have only their length.
PerState<std::uint64_t> times_of(const ThreadRow& row) {
    if (!row.quiet) {
        return row.state_ns;
    }
    PerState<std::uint64_t> ns{};
    ns[index(row.now->state)] = row.wall_ns;
    return ns;
}

/// Its totals at the beginning of the interval.
PerState<std::uint64_t> times_before(const ThreadRow& row, std::uint64_t begin_ns) {
    PerState<std::uint64_t> ns{};
    for (const StateInfo& state : state_table()) {
        ns[index(state.state)] = row.before != nullptr ? state_total_ns(*row.before, state.state, begin_ns) : 0;
    }
    return ns;
}

/// Room for another one of weight 0: at the end, or in place of the lightest if that is lighter than `weight`. Null:
/// none is.
template <class T>
T* place_in(std::vector<T>& list, std::size_t most, double weight) {
    if (list.size() < most) {
        return &list.emplace_back();
    }
    const auto lightest = std::ranges::min_element(list, {}, &T::weight_ns);
    if (lightest->weight_ns >= weight) {
        return nullptr;
    }
    *lightest = T{};
    return &*lightest;
}

template <class T>
double weight_of(const std::vector<T>& list) {
    double sum = 0;
    for (const T& one : list) {
        sum += one.weight_ns;
    }
    return sum;
}

template <class T>
const T* dominant(const std::vector<T>& list, double all) {
    const auto most = std::ranges::max_element(list, {}, &T::weight_ns);
    return most != list.end() && most->weight_ns > 0 && most->weight_ns >= kDominant * all ? &*most : nullptr;
}

/// The object of a wait beside its lock's address: what is shown of it.
std::string_view object_of(const Thread& thread, std::string_view label) {
    const Value on = wait_on(thread);
    return !label.empty() || !on.present() ? label : on.text;
}

void add_woken(const WokenTable& from, WokenTable& to) {
    for (const WokenBy& by : from.wakers) {
        auto at = std::ranges::find_if(to.wakers, [&](const WokenBy& one) {
            return one.who.kind == by.who.kind && one.who.key() == by.who.key() && one.who.comm == by.who.comm;
        });
        if (at == to.wakers.end() && to.wakers.size() < kMaxWokenBy) {
            at = to.wakers.insert(at, WokenBy{by.who, 0, 0, 0, 0, 0});
        }
        WokenBy& sum = at != to.wakers.end() ? *at : to.others;
        sum.who.at_ns = std::max(sum.who.at_ns, by.who.at_ns);
        sum.count += by.count;
        sum.total_ns += by.total_ns;
        sum.longest_ns = std::max(sum.longest_ns, by.longest_ns);
        sum.sync_count += by.sync_count;
        sum.sync_ns += by.sync_ns;
    }
}

}  // namespace

bool DelayedThreads::is_delayed(const Report& report, const ThreadRow& row) {
    return row.quiet ? is_delay(row.now->state) : shown_delay_ns(report, row) != 0;
}

void DelayedThreads::begin(const Report& report) {
    threads_.reset(report);
    if (std::exchange(has_begun_, true)) {
        return;
    }
    const std::uint64_t begin_ns = saturating_sub(report.now_ns, report.interval_ns);
    for (const std::vector<ThreadRow>* rows : {&report.threads, &report.exited}) {
        for (const ThreadRow& row : *rows) {
            const PerState<std::uint64_t> ns = times_before(row, begin_ns);
            if (std::ranges::any_of(ns, [](std::uint64_t each) { return each != 0; })) {
                before_.emplace(std::pair(row.now->tid, row.now->start_time_ns), ns);
            }
        }
    }
}

/// Half of the entries give way when there are too many: those with the least delay.
std::uint32_t DelayedThreads::take_place() {
    if (free_.empty() && entries_.size() < kMaxDelayedThreads) {
        entries_.emplace_back();
        return static_cast<std::uint32_t>(entries_.size() - 1);
    }
    if (free_.empty()) {
        free_.resize(entries_.size());
        for (std::uint32_t at = 0; at < free_.size(); ++at) {
            free_[at] = at;
        }
        const auto middle = free_.begin() + static_cast<std::ptrdiff_t>(free_.size() / 2);
        std::ranges::nth_element(free_, middle, {}, [this](std::uint32_t at) { return delay_of(entries_[at]); });
        free_.erase(middle, free_.end());
        for (const std::uint32_t at : free_) {
            entries_[at] = {};
        }
    }
    const std::uint32_t place = free_.back();
    free_.pop_back();
    return place;
}

void DelayedThreads::look_closely(const Report& report, const ThreadRow& row, const Thread& leader,
                                  std::uint32_t& place) {
    const Thread& thread = *row.now;
    const ThreadKey key = key_of(thread);
    const bool is_known = place != kNotDelayed && entries_[place].used && entries_[place].key == key;
    if (!is_known && !is_delayed(report, row)) {
        return;
    }
    if (!is_known) {
        place = take_place();
        Entry& fresh = entries_[place];
        fresh.used = true;
        fresh.key = fresh.woken.key = key;
        // The time before its first delay.
        fresh.ns = times_before(row, saturating_sub(report.now_ns, report.interval_ns));
        if (const auto known = before_.find({key.tid, key.start_time_ns}); known != before_.end()) {
            for (std::size_t state = 0; state < kStateCount; ++state) {
                fresh.ns[state] -= std::min(known->second[state], fresh.ns[state]);
            }
        }
    }
    Entry& entry = entries_[place];
    entry.tgid = thread.tgid;
    entry.cgroup_id = thread.cgroup_id;
    assign(entry.comm, comm_of(thread));
    assign(entry.process, comm_of(leader));
    const PerState<std::uint64_t> ns = times_of(row);
    for (std::size_t state = 0; state < kStateCount; ++state) {
        entry.ns[state] += ns[state];
    }
    entry.part_ns += row.part_ns;
    entry.labeled_ns += delay_labeled_ns(report, row).value_or(0);
    add_machine(report, ns, entry);
    if (row.exit_time_unix_ns == 0 && is_blocked(thread.state)) {
        add_wait(report, thread, static_cast<double>(ns_in(ns, thread.state)), entry);
    }
    if (const WokenTable* woken = report.wakers != nullptr ? report.wakers->woken(key) : nullptr) {
        add_woken(*woken, entry.woken);
    }
}

void DelayedThreads::add_machine(const Report& report, const PerState<std::uint64_t>& ns, Entry& entry) {
    const auto waited_ns = static_cast<double>(ns_in(ns, ThreadState::cpu_wait));
    if (waited_ns > 0 && report.system.cpu_busy_pct) {
        entry.cpu_weight_ns += waited_ns;
        entry.busy += waited_ns * *report.system.cpu_busy_pct;
        entry.runnable += waited_ns * (report.threads_in(ThreadState::exec) + report.threads_in(ThreadState::cpu_wait));
    }
    const auto io_ns = static_cast<double>(ns_in(ns, ThreadState::io_wait));
    if (io_ns > 0 && report.system.busiest_disk) {
        const BusiestDisk& busiest = *report.system.busiest_disk;
        const auto known =
            std::ranges::find_if(entry.disks, [&](const Disk& one) { return one.name.view() == busiest.name.view(); });
        Disk* disk = known != entry.disks.end() ? &*known : place_in(entry.disks, kMaxDisks, io_ns);
        if (disk != nullptr) {
            disk->name = busiest.name;
            disk->weight_ns += io_ns;
            disk->busy += io_ns * busiest.busy_pct;
        }
    }
}

void DelayedThreads::add_wait(const Report& report, const Thread& thread, double weight_ns, Entry& entry) {
    const WaitLabel* found = find_label(report, thread);
    const bool is_labeled = found != nullptr && found->delays;
    if (weight_ns <= 0 || (!is_delay(thread.state) && !is_labeled)) {
        return;
    }
    const std::string_view label = threads_.label_of(thread);
    const std::string_view on = object_of(thread, label);
    const bool is_lock = thread.state == ThreadState::lock_wait;
    const auto known = std::ranges::find_if(entry.waits, [&](const Wait& one) {
        return one.thread.state == thread.state && one.on == on &&
               (!is_lock || one.thread.wait.args[0] == thread.wait.args[0]);
    });
    Wait* wait = known != entry.waits.end() ? &*known : place_in(entry.waits, kMaxWaits, weight_ns);
    if (wait == nullptr) {
        return;
    }
    wait->thread = thread;
    assign(wait->on, on);
    assign(wait->label, label);
    wait->weight_ns += weight_ns;
    wait->deadlocked_ns += is_deadlocked(thread, threads_) ? weight_ns : 0;
    add_holder(thread, weight_ns, *wait);
}

void DelayedThreads::add_holder(const Thread& thread, double weight_ns, Wait& wait) {
    const ThreadRow* row = thread.wait.owner_tid != 0 ? threads_.find(thread.wait.owner_tid) : nullptr;
    if (row == nullptr) {
        return;
    }
    const Thread& holder = *row->now;
    const Value on = is_blocked(holder.state) ? wait_on(holder) : Value();
    const Printable words(on.present() ? on.text : std::string_view());
    const std::string_view waits = words.view();
    const auto known = std::ranges::find_if(wait.doings, [&](const Doing& one) {
        return key_of(one.holder) == key_of(holder) && one.holder.state == holder.state && one.waits == waits;
    });
    Doing* doing = known != wait.doings.end() ? &*known : place_in(wait.doings, kMaxDoings, weight_ns);
    if (doing != nullptr) {
        doing->holder = holder;
        assign(doing->waits, waits);
        doing->weight_ns += weight_ns;
    }
}

double DelayedThreads::delay_of(const Entry& entry) {
    return static_cast<double>(sum_of_delays(entry.ns) + entry.labeled_ns);
}

std::optional<DelayVerdict> DelayedThreads::judge_entry(const Entry& entry, const Summary& summary) {
    VerdictFacts facts;
    std::ranges::copy(entry.ns, facts.ns.begin());
    for (const PartInfo& part : kParts) {
        facts.part_ns[part.part] = static_cast<double>(entry.part_ns[part.part]);
    }
    facts.labeled_ns = static_cast<double>(entry.labeled_ns);
    facts.cpus = summary.cpus;
    if (const NoisyPair* taker = worst_neighbor(summary, entry.cgroup_id)) {
        facts.taker = CgroupTaker{taker->culprit, taker->share};
    }
    if (entry.cpu_weight_ns > 0) {
        facts.busy_pct = entry.busy / entry.cpu_weight_ns;
        facts.runnable = entry.runnable / entry.cpu_weight_ns;
    }
    if (const Disk* disk = dominant(entry.disks, weight_of(entry.disks))) {
        facts.disk = BusiestDisk{disk->name, disk->busy / disk->weight_ns};
    }
    // Without a wait that has most of the time, it is between two of them: nothing is said of one.
    Thread thread;
    thread.tid = entry.key.tid;
    thread.tgid = entry.tgid;
    thread.state = ThreadState::exec;
    const auto is_of = [](const Wait& wait, ThreadState state, bool is_labeled) {
        return is_labeled ? !is_delay(wait.thread.state) : wait.thread.state == state;
    };
    struct Kind {
        double ns;
        ThreadState state;
        bool is_labeled;
    };
    std::array<Kind, 4> kinds{{{facts.ns[index(ThreadState::lock_wait)], ThreadState::lock_wait, false},
                               {facts.ns[index(ThreadState::io_wait)], ThreadState::io_wait, false},
                               {facts.ns[index(ThreadState::uninterruptible)], ThreadState::uninterruptible, false},
                               {facts.labeled_ns, ThreadState::sync, true}}};
    const Kind& kind = *std::ranges::max_element(kinds, {}, &Kind::ns);
    std::vector<Wait> waits;
    std::ranges::copy_if(entry.waits, std::back_inserter(waits),
                         [&](const Wait& wait) { return is_of(wait, kind.state, kind.is_labeled); });
    const double seen_ns = weight_of(waits);
    const Wait* wait = seen_ns >= kSeen * kind.ns ? dominant(waits, seen_ns) : nullptr;
    const Doing* doing = nullptr;
    if (wait != nullptr) {
        thread = wait->thread;
        facts.label = wait->label;
        facts.is_deadlocked = wait->deadlocked_ns >= kDominant * wait->weight_ns;
        // One holder for most of the time, and of what it did the most frequent.
        std::map<std::uint32_t, double> holders;
        for (const Doing& one : wait->doings) {
            holders[one.holder.tid] += one.weight_ns;
        }
        for (const Doing& one : wait->doings) {
            const bool is_most = holders[one.holder.tid] >= kDominant * wait->weight_ns;
            doing = is_most && (doing == nullptr || one.weight_ns > doing->weight_ns) ? &one : doing;
        }
    }
    if (doing != nullptr) {
        facts.holder = &doing->holder;
        facts.holder_waits = doing->waits;
    }
    facts.thread = &thread;
    facts.woken = &entry.woken;
    DelayVerdict verdict;
    return judge(facts, verdict) ? std::optional(std::move(verdict)) : std::nullopt;
}

void DelayedThreads::fill(Summary& summary) const {
    std::vector<const Entry*> sorted;
    for (const Entry& entry : entries_) {
        if (entry.used && delay_of(entry) > 0) {
            sorted.push_back(&entry);
        }
    }
    std::ranges::sort(sorted, [](const Entry* a, const Entry* b) {
        return std::pair(delay_of(*b), a->key.tid) < std::pair(delay_of(*a), b->key.tid);
    });
    for (std::size_t at = 0; at < std::min(sorted.size(), kMaxWorstThreads); ++at) {
        const Entry& entry = *sorted[at];
        WorstThread& worst = summary.worst_threads.emplace_back();
        worst.thread = entry.key;
        worst.tgid = entry.tgid;
        worst.comm = entry.comm;
        worst.process = entry.process;
        worst.state_ns = entry.ns;
        worst.delay_ns = static_cast<std::uint64_t>(delay_of(entry));
        worst.verdict = judge_entry(entry, summary);
        worst.woken = entry.woken;
        std::ranges::stable_sort(worst.woken.wakers,
                                 [](const WokenBy& a, const WokenBy& b) { return a.total_ns > b.total_ns; });
    }
    fill_processes(sorted, summary);
}

void DelayedThreads::fill_processes(const std::vector<const Entry*>& sorted, Summary& summary) {
    std::map<std::uint32_t, std::vector<const Entry*>> processes;
    for (const Entry* entry : sorted) {
        processes[entry->tgid].push_back(entry);
    }
    std::vector<WorstProcess> all;
    for (const auto& [tgid, entries] : processes) {
        WorstProcess& worst = all.emplace_back();
        worst.tgid = tgid;
        worst.comm = entries.front()->process;
        worst.threads = entries.size();
        for (const Entry* entry : entries) {
            worst.delay_ns += static_cast<std::uint64_t>(delay_of(*entry));
        }
    }
    std::ranges::stable_sort(all, std::greater<>(), &WorstProcess::delay_ns);
    all.resize(std::min(all.size(), kMaxWorstProcesses));
    for (WorstProcess& worst : all) {
        std::vector<Thread> threads;
        std::vector<JudgedThread> judged;
        threads.reserve(processes[worst.tgid].size());  // pointers to them follow
        for (const Entry* entry : processes[worst.tgid]) {
            Thread& thread = threads.emplace_back();
            thread.tid = entry->key.tid;
            thread.tgid = entry->tgid;
            std::copy_n(entry->comm.data(), std::min(entry->comm.size(), thread.comm.size() - 1), thread.comm.begin());
            judged.push_back({&thread, delay_of(*entry), judge_entry(*entry, summary)});
        }
        DelayVerdict verdict;
        if (judge_process(judged, verdict)) {
            worst.verdict = std::move(verdict);
        }
    }
    summary.worst_processes = std::move(all);
}

}  // namespace tsa
