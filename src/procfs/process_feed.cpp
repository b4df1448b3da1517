// SPDX-License-Identifier: MIT
// See process_feed.h.
#include "procfs/process_feed.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/privilege.h"

namespace tsa {

namespace {

/// Entries of processes that are not in the report are looked for once in this many refreshes.
constexpr std::uint64_t kSweepRounds = 64;
/// A removed cgroup is known for this long, for the rows of its last threads.
constexpr std::uint64_t kRemovedKeptNs = 60'000'000'000;
/// Cgroups that are few are not looked through.
constexpr std::size_t kFewPlaces = 256;
/// An ended process's entry stays for this many refreshes, for the rows of its last threads.
constexpr std::uint64_t kKeptRounds = 8;

std::uint64_t hash_of(const Thread& thread) {
    return std::hash<std::string_view>{}(comm_of(thread));
}

/// Start of the process; 0: its first thread is not in the report.
std::uint64_t start_of(const ProcessRow& process) {
    return process.leader->tid == process.tgid ? process.leader->start_time_ns : 0;
}

}  // namespace

struct ProcessFeed::List : SideRelay::Work {
    explicit List(UnifiedTree unified) : reader(std::move(unified)) {}

    std::vector<std::uint32_t> tgids;
    std::vector<ProcessReading> readings;  // one for each of them, and spare ones
    bool with_tree = false;
    std::vector<CgroupById> tree;
    std::atomic<std::size_t> at{0};    // the process that is being read
    std::atomic<std::size_t> done{0};  // that many readings are complete
    std::atomic<bool> tree_done{false};
    ProcessReader reader;

    void run() override {
        if (with_tree) {
            reader.read_tree(tree);
            tree_done.store(true, std::memory_order_release);
        }
        const std::uint64_t until_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) + kBacklogCpuNs;
        for (std::size_t next = 0; next < tgids.size(); ++next) {
            // What is beyond it remains unknown until the next refresh.
            if (next >= kMaxProcessReads && clock_ns(CLOCK_THREAD_CPUTIME_ID) >= until_ns) {
                break;
            }
            at.store(next, std::memory_order_relaxed);
            reader.read(tgids[next], readings[next]);
            done.store(next + 1, std::memory_order_release);
        }
    }
};

ProcessFeed::ProcessFeed() = default;

void ProcessFeed::start(bool commands) {
    if (relay_ != nullptr) {
        return;
    }
    tree_ = find_unified_tree();
    table_.set_root(tree_.root_id, tree_.is_namespaced);
    commands_ = commands;
    auto relay = SideRelay::start("rstat-procs", list_of_capabilities(PrivilegeUse::processes),
                                  [tree = tree_](std::size_t) { return std::make_shared<List>(tree); });
    if (relay.ok()) {
        relay_ = std::move(relay).value();
    }
}

ProcessFeed::List& ProcessFeed::list() const {
    return static_cast<List&>(relay_->current());
}

void ProcessFeed::take(const Pending& pending, const ProcessReading& reading) {
    if (reading.place_key.empty()) {
        return;  // ended, or hidden
    }
    ProcessFacts& facts = table_.put(pending.tgid, pending.start_time_ns);
    // A zombie has no memory: what it was remains known.
    if (!reading.command.empty() || facts.comm_hash != pending.comm_hash) {
        facts.command = reading.command;
    }
    if (!reading.program.empty() || facts.comm_hash != pending.comm_hash) {
        facts.program = reading.program;
    }
    const CgroupPlace* place = table_.intern(reading.place_key, reading.place);
    learned_ = learned_ || place != facts.place;
    facts.place = place;
    facts.cgroup_id = pending.cgroup_id;
    facts.comm_hash = pending.comm_hash;
    facts.read_ns = now_ns_;
    facts.met = round_;
}

void ProcessFeed::take_tree() {
    List& answers = list();
    if (!tree_pending_ || !answers.tree_done.load(std::memory_order_acquire)) {
        return;
    }
    tree_pending_ = false;
    for (const auto& [id, place] : answers.tree) {
        // Threads in the root may be in a cgroup of another hierarchy.
        const bool is_undecided = id == tree_.root_id && tree_.has_others;
        if (!is_undecided && !table_.note_seen(id, now_ns_)) {
            table_.set_place(id, table_.intern(place.path, place), now_ns_);
            learned_ = true;
        }
    }
    // Removed meanwhile, or above this program's namespace. An ID is never used again.
    for (const std::uint64_t id : unknown_) {
        if (!table_.knows(id)) {
            table_.set_place(id, nullptr, now_ns_);
        }
    }
    unknown_.clear();
    // A tree that is too large for the list says nothing of those that are missing.
    if (table_.ids() > 2 * answers.tree.size() + kFewPlaces && answers.tree.size() < ProcessTable::kMaxPlaces) {
        table_.drop_unseen_since(now_ns_ - std::min(kRemovedKeptNs, now_ns_));
    }
}

void ProcessFeed::take_answers() {
    take_tree();
    const List& answers = list();
    const std::size_t done = answers.done.load(std::memory_order_acquire);
    for (std::size_t at = 0; at < std::min(done, pending_.size()); ++at) {
        if (std::exchange(pending_[at].is_open, false)) {
            take(pending_[at], answers.readings[at]);
        }
    }
}

/// Not a process at which a thread hangs.
bool ProcessFeed::may_read(std::uint32_t tgid) const {
    bool may = relay_->may_hang();
    relay_->for_each_late([&](const SideRelay::Work& work) {
        const auto& late = static_cast<const List&>(work);
        may = may && (late.tgids.empty() || late.tgids[late.at.load(std::memory_order_relaxed)] != tgid);
    });
    return may;
}

void ProcessFeed::consider(const ProcessRow& process, bool shown) {
    const Thread& leader = *process.leader;
    if (!commands_ && leader.cgroup_id != 0 && !tree_.has_others && !tree_.mount.empty()) {
        return;
    }
    const std::uint64_t start_ns = start_of(process);
    const std::uint64_t comm_hash = hash_of(leader);
    bool is_again = false;
    if (const ProcessFacts* facts = table_.find(leader); facts != nullptr && facts->start_time_ns == start_ns) {
        const std::uint64_t age_ns = now_ns_ - std::min(facts->read_ns, now_ns_);
        is_again = facts->comm_hash == comm_hash && (facts->cgroup_id == leader.cgroup_id || start_ns == 0);
        facts->met = round_;
        if (is_again && age_ns < (shown ? kShownFactsNs : kOtherFactsNs)) {
            return;
        }
    }
    if (pending_.size() == kMaxBacklogReads || (is_again && rereads_ == kMaxRereads) || !may_read(process.tgid)) {
        left_out_ += is_again ? 0 : 1;
        return;
    }
    rereads_ += is_again ? 1 : 0;
    pending_.push_back({process.tgid, start_ns, leader.cgroup_id, comm_hash, true});
}

/// Notes the processes of threads that did something, and cgroups whose place is not known. A thread that was blocked
/// all the time has not changed what its process is.
void ProcessFeed::look_at_threads(const Report& report, bool whole) {
    const bool may_need_tree = !tree_.mount.empty() && !tree_pending_ &&
                               (tree_read_ns_ == 0 || now_ns_ - std::min(tree_read_ns_, now_ns_) >= kTreePauseNs);
    unknown_.clear();
    active_.assign(report.processes.size(), whole);
    std::uint64_t last = 0;
    for (const auto* rows : {&report.threads, &report.exited}) {
        for (const ThreadRow& row : *rows) {
            if (row.quiet && !whole) {
                continue;
            }
            if (row.process < active_.size()) {
                active_[row.process] = true;
            }
            if (!may_need_tree) {
                continue;
            }
            const std::uint64_t id = row.now->cgroup_id;
            const bool is_undecided = id == table_.root_id() && tree_.has_others;
            if (id != last && id != 0 && !is_undecided && !table_.knows(id)) {
                unknown_.push_back(id);
            }
            last = id;
        }
    }
}

void ProcessFeed::drop_ended(const Report& report) {
    if (round_ % kSweepRounds != 0 && table_.size() < 2 * report.processes.size() + kMaxProcessReads) {
        return;
    }
    for (const ProcessRow& process : report.processes) {
        if (const ProcessFacts* facts = table_.find(*process.leader)) {
            facts->met = round_;
        }
    }
    table_.erase_if([this](std::uint32_t, const ProcessFacts& facts) { return facts.met + kKeptRounds < round_; });
    if (table_.places() > 2 * places_kept_ + kFewPlaces) {
        table_.drop_unused_places();
        places_kept_ = table_.places();
    }
}

bool ProcessFeed::update(std::span<const std::uint32_t> shown_tgids, bool all, Report& report) {
    report.facts = &table_;
    learned_ = false;
    left_out_ = 0;
    if (relay_ == nullptr) {
        return false;
    }
    ++round_;
    now_ns_ = report.now_ns;
    // Of a list that was late.
    take_answers();
    if (!relay_->take_turn()) {
        ++late_;
        whole_next_ = true;
        return learned_;
    }
    tree_pending_ = false;  // another thread may have the turn now
    pending_.clear();
    rereads_ = 0;
    shown_.assign(shown_tgids.begin(), shown_tgids.end());
    std::ranges::sort(shown_);
    if (!shown_.empty()) {
        for (const ProcessRow& process : report.processes) {
            if (std::ranges::binary_search(shown_, process.tgid)) {
                consider(process, true);
            }
        }
    }
    const bool whole = tree_read_ns_ == 0 || (all && (whole_next_ || round_ % kSweepRounds == 0));
    look_at_threads(report, whole);
    const std::size_t processes = all ? report.processes.size() : 0;
    next_ = next_ < processes ? next_ : 0;
    const std::size_t first = next_;
    for (std::size_t nth = 0; nth < processes; ++nth) {
        const std::size_t at = (first + nth) % processes;
        if (active_[at] && !std::ranges::binary_search(shown_, report.processes[at].tgid)) {
            const std::size_t before = pending_.size();
            consider(report.processes[at], false);
            next_ = pending_.size() != before ? at + 1 : next_;
        }
    }
    // What was left out is looked for among all, and so is what a report without `all` did not see.
    whole_next_ = !all || left_out_ != 0 || pending_.size() > kMaxProcessReads;
    const bool with_tree = !unknown_.empty();
    if (!pending_.empty() || with_tree) {
        List& asked = list();
        asked.tgids.clear();
        for (const Pending& one : pending_) {
            asked.tgids.push_back(one.tgid);
        }
        asked.readings.resize(std::max(asked.readings.size(), asked.tgids.size()));
        asked.at.store(0, std::memory_order_relaxed);
        asked.with_tree = with_tree;
        asked.done.store(0, std::memory_order_relaxed);
        asked.tree_done.store(false, std::memory_order_relaxed);
        tree_pending_ = with_tree;
        tree_read_ns_ = with_tree ? now_ns_ : tree_read_ns_;
        relay_->begin();
        [[maybe_unused]] const bool done = relay_->wait_for(kFactsTime);
        take_answers();
    }
    drop_ended(report);
    return learned_;
}

void ProcessFeed::fill(Report& report, std::chrono::milliseconds within) {
    const std::uint64_t until_ns =
        clock_ns(CLOCK_MONOTONIC) +
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(within).count());
    const auto is_reading = [this] { return std::ranges::any_of(pending_, &Pending::is_open); };
    do {
        (void)update({}, true, report);
        if (relay_ != nullptr && is_reading()) {
            [[maybe_unused]] const bool done = relay_->wait_for(kFactsTime);
            take_answers();
        }
    } while (relay_ != nullptr && (left_out_ != 0 || tree_pending_ || is_reading()) &&
             clock_ns(CLOCK_MONOTONIC) < until_ns);
}

}  // namespace tsa
