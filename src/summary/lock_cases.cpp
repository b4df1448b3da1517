// SPDX-License-Identifier: MIT
// See lock_cases.h.
#include "summary/lock_cases.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>

#include "base/saturating.h"
#include "model/columns.h"

namespace tsa {

namespace {

/// More waiters than this are not distinguished by lock.
constexpr std::size_t kMaxLockWaiters = 4096;
constexpr std::size_t kMaxOwnersInChain = 64;
/// A holder with two waiters is contention; with three or more it is a convoy, which seldom dissolves by itself.
constexpr std::size_t kConvoyWaiters = 3;
/// ... and the threads must really have been delayed for that time, not only at the instant of the sample.
constexpr double kConvoyThreads = 2;
constexpr std::uint32_t kNone = UINT32_MAX;

/// Calls in which a thread waits for work from outside. One that holds a lock meanwhile is the leader of a pool: its
/// followers wait for the lock until it has got work.
constexpr std::array<std::string_view, 10> kWaitsForWork{"accept",       "accept4",     "epoll_wait", "epoll_pwait",
                                                         "epoll_pwait2", "poll",        "ppoll",      "select",
                                                         "pselect6",     "io_getevents"};

void assign(std::string& to, std::string_view text) {
    if (to != text) {
        to = text;
    }
}

/// The two futexes of a rwlock are neighbors: readers and writers wait for one lock.
LockId lock_of(const Thread& thread) {
    constexpr std::uint64_t kNeighbors = 7;
    const Wait& wait = thread.wait;
    const bool rwlock = label_of(wait.kind) == label_of(FutexKind::rwlock) && !label_of(wait.kind).empty();
    return {wait.kernel_lock ? 0 : thread.tgid, rwlock ? wait.args[0] & ~kNeighbors : wait.args[0]};
}

/// "worker" of "worker-12".
std::string_view stem_of(const Thread& thread) {
    const std::string_view comm = comm_of(thread);
    const std::size_t last = comm.find_last_not_of("0123456789-_/:#");
    return last == std::string_view::npos ? comm : comm.substr(0, last + 1);
}

std::uint64_t age_of(const Thread& thread, const Report& report) {
    return saturating_sub(report.now_ns, thread.since_ns);
}

}  // namespace

void LockCases::look(const ThreadRow& row, std::uint32_t process_group) {
    const Thread& thread = *row.now;
    if (thread.state != ThreadState::lock_wait || row.exit_time_unix_ns != 0 || waiters_.size() == kMaxLockWaiters) {
        return;
    }
    LockWaiter& waiter = waiters_.emplace_back();
    waiter.row = &row;
    waiter.lock = lock_of(thread);
    waiter.process_group = process_group;
    waiter.owner_exited = thread.wait.owner_exited;
    waiter.owner_tid = thread.wait.owner_exited ? 0 : thread.wait.owner_tid;
}

const LockWaiter* LockCases::find(std::uint32_t tid) const {
    const auto found = std::ranges::lower_bound(waiters_, tid, {}, &LockWaiter::tid);
    return found != waiters_.end() && found->tid() == tid ? &*found : nullptr;
}

void LockCases::index_owners(const Report& report) {
    owners_.clear();
    for (const LockWaiter& waiter : waiters_) {
        if (waiter.owner_tid != 0) {
            owners_.push_back(waiter.owner_tid);
        }
    }
    std::ranges::sort(owners_);
    owners_.erase(std::unique(owners_.begin(), owners_.end()), owners_.end());
    owner_rows_.assign(owners_.size(), nullptr);
    if (owners_.empty()) {
        return;
    }
    for (const ThreadRow& row : report.threads) {
        const auto found = std::ranges::lower_bound(owners_, row.now->tid);
        if (found != owners_.end() && *found == row.now->tid) {
            owner_rows_[static_cast<std::size_t>(found - owners_.begin())] = &row;
        }
    }
}

const ThreadRow* LockCases::owner_row(std::uint32_t tid) const {
    const auto found = std::ranges::lower_bound(owners_, tid);
    return found != owners_.end() && *found == tid ? owner_rows_[static_cast<std::size_t>(found - owners_.begin())]
                                                   : nullptr;
}

/// A lock whose holder is in another process is in shared memory: its waiters in all processes wait for the same one.
void LockCases::find_shared_locks() {
    for (std::size_t begin = 0, end = 0; begin < by_lock_.size(); begin = end) {
        const std::uint64_t address = waiters_[by_lock_[begin]].lock.address;
        bool shared = false;
        for (; end < by_lock_.size() && waiters_[by_lock_[end]].lock.address == address; ++end) {
            const LockWaiter& waiter = waiters_[by_lock_[end]];
            const ThreadRow* owner = owner_row(waiter.owner_tid);
            shared = shared || (owner != nullptr && owner->now->tgid != waiter.row->now->tgid);
        }
        for (std::size_t at = begin; shared && at < end; ++at) {
            waiters_[by_lock_[at]].lock.tgid = 0;
        }
    }
}

std::uint32_t LockCases::next_in_chain(std::uint32_t at) const {
    const LockWaiter* next = waiters_[at].owner_tid != 0 ? find(waiters_[at].owner_tid) : nullptr;
    return next != nullptr ? static_cast<std::uint32_t>(next - waiters_.data()) : kNone;
}

const Thread* LockCases::holder_of(const LockWaiter& waiter) const {
    const ThreadRow* row = owner_row(waiter.owner_tid);
    return row != nullptr ? row->now : nullptr;
}

const Thread* LockCases::root_of(const LockWaiter& waiter) const {
    const LockWaiter* at = &waiter;
    for (std::size_t step = 0; at->owner_tid != 0 && step < kMaxOwnersInChain; ++step) {
        const LockWaiter* next = find(at->owner_tid);
        if (next == nullptr) {
            return holder_of(*at);
        }
        at = next;
    }
    return nullptr;
}

/// Each thread waits for at most one holder: a walk from every thread, over threads that no earlier walk has met,
/// finds each circle once.
void LockCases::find_circles(const Report& report) {
    constexpr std::uint32_t kUnmet = 0;
    circle_of_.assign(waiters_.size(), kUnmet);
    std::vector<std::uint32_t> circle;
    for (std::uint32_t start = 0; start < waiters_.size(); ++start) {
        const std::uint32_t walk = start + 1;
        std::uint32_t at = start;
        while (at != kNone && circle_of_[at] == kUnmet) {
            circle_of_[at] = walk;
            at = next_in_chain(at);
        }
        if (at == kNone || circle_of_[at] != walk) {
            continue;
        }
        circle.clear();
        bool steady = true;
        const std::uint32_t first = at;
        do {
            circle.push_back(at);
            steady = steady && holder_is_steady(*waiters_[at].row);
            at = next_in_chain(at);
        } while (at != first);
        if (steady) {
            take_circle(report, circle);
        }
    }
}

void LockCases::take_circle(const Report& report, std::span<const std::uint32_t> circle) {
    const auto lowest = std::ranges::min_element(circle);  // waiters are sorted by TID
    const Thread& first = *waiters_[*lowest].row->now;
    std::uint32_t behind = 0;
    std::vector<bool> met(waiters_.size(), false);
    for (const std::uint32_t at : circle) {
        met[at] = true;
        waiters_[at].is_explained = true;
    }
    for (std::uint32_t start = 0; start < waiters_.size(); ++start) {
        std::uint32_t at = start;
        for (std::size_t step = 0; at != kNone && !met[at] && step < kMaxOwnersInChain; ++step) {
            at = next_in_chain(at);
        }
        if (at != kNone && met[at] && !std::ranges::count(circle, start)) {
            waiters_[start].is_explained = true;
            ++behind;
        }
    }
    CircleDetails* details =
        circles_.meet(report, {first.tid, first.start_time_ns}, static_cast<double>(circle.size() + behind));
    if (details == nullptr) {
        return;
    }
    details->process_group = waiters_[*lowest].process_group;
    details->members = static_cast<std::uint32_t>(circle.size());
    details->behind = std::max(details->behind, behind);
    details->age_ns = UINT64_MAX;
    const auto offset = static_cast<std::size_t>(lowest - circle.begin());
    for (std::size_t step = 0; step < circle.size(); ++step) {
        const LockWaiter& waiter = waiters_[circle[(offset + step) % circle.size()]];
        const Thread& thread = *waiter.row->now;
        details->doubtful = details->doubtful || thread.wait.doubtful;
        if (age_of(thread, report) < details->age_ns) {
            details->age_ns = age_of(thread, report);
            details->age_is_bound = thread.since_is_upper_bound;
        }
        if (step < CircleDetails::kNamed) {
            details->named[step] = {{thread.tid, thread.comm}, waiter.lock};
        }
    }
}

/// The waiter that knows most about the lock: one that arrived while the lock was read knows no holder.
const LockWaiter& LockCases::informed(std::span<const std::uint32_t> waiters) const {
    const auto found = std::ranges::find_if(
        waiters, [this](std::uint32_t at) { return waiters_[at].owner_tid != 0 || waiters_[at].owner_exited; });
    return waiters_[found != waiters.end() ? *found : waiters.front()];
}

/// Whether the waiters are the followers of a pool whose leader, the holder, waits for work.
bool LockCases::is_pool(std::span<const std::uint32_t> waiters) const {
    const ThreadRow* owner = owner_row(informed(waiters).owner_tid);
    if (owner == nullptr || owner->now->state != ThreadState::idle) {
        return false;
    }
    const Value on = wait_on(*owner->now);
    return on.present() && std::ranges::find(kWaitsForWork, on.text) != kWaitsForWork.end() &&
           std::ranges::all_of(
               waiters, [&](std::uint32_t at) { return stem_of(*waiters_[at].row->now) == stem_of(*owner->now); });
}

void LockCases::note_holder(LockDetails& details, const LockWaiter& waiter) const {
    if (waiter.owner_tid == 0) {
        return;
    }
    ++details.held;
    const ThreadRow* row = owner_row(waiter.owner_tid);
    const auto known = std::ranges::find_if(details.holders, [&](const LockDetails::Holder& holder) {
        return holder.thread.tid == waiter.owner_tid || holder.thread.tid == 0;
    });
    if (known == details.holders.end()) {
        ++details.other_holders;
        return;
    }
    known->thread.tid = waiter.owner_tid;
    ++known->intervals;
    if (row != nullptr) {
        const Thread& owner = *row->now;
        known->thread.comm = owner.comm;
        const Value on = is_blocked(owner.state) ? wait_on(owner) : Value{};
        assign(known->state, info(owner.state).label);
        assign(known->wait_on, on.present() ? on.text : std::string_view{});
    }
}

void LockCases::update(LockDetails& details, const Report& report, std::span<const std::uint32_t> waiters) const {
    const LockWaiter& first = informed(waiters);
    const Wait& wait = first.row->now->wait;
    details.kernel = wait.kernel_lock;
    details.exited_tid = first.owner_exited ? wait.owner_tid : 0;
    note_holder(details, first);
    details.age_ns = 0;
    details.doubtful = false;
    for (const std::uint32_t at : waiters) {
        const Thread& thread = *waiters_[at].row->now;
        details.doubtful = details.doubtful || thread.wait.doubtful;
        if (age_of(thread, report) > details.age_ns) {
            details.age_ns = age_of(thread, report);
            details.age_is_bound = thread.since_is_upper_bound;
        }
    }
    if (waiters.size() <= details.waiters) {
        return;
    }
    details.waiters = static_cast<std::uint32_t>(waiters.size());
    details.process_group = first.process_group;
    const Value on = wait_on(*first.row->now);
    assign(details.wait_on, on.present() ? on.text : std::string_view{});
    for (std::size_t at = 0; at < std::min(waiters.size(), LockDetails::kNamed); ++at) {
        const Thread& thread = *waiters_[waiters[at]].row->now;
        details.named[at] = {thread.tid, thread.comm};
    }
}

bool LockCases::are_delayed(const Report& report, std::uint64_t waited_ns) {
    return static_cast<double>(waited_ns) >= kConvoyThreads * static_cast<double>(report.interval_ns);
}

void LockCases::judge_lock(const Report& report, std::span<const std::uint32_t> waiters) {
    const LockWaiter& first = informed(waiters);
    const auto count = static_cast<double>(waiters.size());
    const auto explain = [&] {
        std::ranges::for_each(waiters, [this](std::uint32_t at) { waiters_[at].is_explained = true; });
    };
    if (first.owner_exited) {
        explain();
        if (LockDetails* details = abandoned_.meet(report, first.lock, count)) {
            update(*details, report, waiters);
        }
        return;
    }
    if (is_pool(waiters)) {
        explain();
        return;
    }
    std::uint64_t waited_ns = 0;
    for (const std::uint32_t at : waiters) {
        waited_ns += waiters_[at].row->state_ns[index(ThreadState::lock_wait)];
    }
    const bool in_deadlock = first.is_explained;
    if (waiters.size() < kConvoyWaiters || !are_delayed(report, waited_ns) || in_deadlock) {
        return;
    }
    explain();
    if (LockDetails* details = convoys_.meet(report, first.lock, count)) {
        update(*details, report, waiters);
    }
}

/// Threads that wait for different locks behind one holder, directly or through each other. Those of a lock that has a
/// finding do not count.
void LockCases::judge_holders(const Report& report) {
    behind_.clear();
    for (std::uint32_t at = 0; at < waiters_.size(); ++at) {
        const Thread* root = waiters_[at].is_explained ? nullptr : root_of(waiters_[at]);
        if (root != nullptr) {
            behind_.push_back({root, at});
        }
    }
    std::ranges::sort(behind_, {}, [](const Behind& one) { return std::tuple(one.root->tid, one.waiter); });
    std::vector<std::uint32_t> waiters;
    for (std::size_t begin = 0; begin < behind_.size(); begin += waiters.size()) {
        waiters.clear();
        for (std::size_t at = begin; at < behind_.size() && behind_[at].root == behind_[begin].root; ++at) {
            waiters.push_back(behind_[at].waiter);
        }
        judge_holder(report, *behind_[begin].root, waiters);
    }
}

void LockCases::judge_holder(const Report& report, const Thread& holder, std::span<const std::uint32_t> waiters) {
    std::uint64_t waited_ns = 0;
    std::vector<LockId> locks;
    for (const std::uint32_t at : waiters) {
        waited_ns += waiters_[at].row->state_ns[index(ThreadState::lock_wait)];
        locks.push_back(waiters_[at].lock);
    }
    if (waiters.size() < kConvoyWaiters || !are_delayed(report, waited_ns)) {
        return;
    }
    std::ranges::sort(locks, {}, &LockId::order);
    locks.erase(std::unique(locks.begin(), locks.end()), locks.end());
    for (const std::uint32_t at : waiters) {
        waiters_[at].is_explained = true;
    }
    HolderDetails* details =
        holders_.meet(report, {holder.tid, holder.start_time_ns}, static_cast<double>(waiters.size()));
    if (details == nullptr) {
        return;
    }
    details->holder = {holder.tid, holder.comm};
    details->doubtful =
        std::ranges::any_of(waiters, [this](std::uint32_t at) { return waiters_[at].row->now->wait.doubtful; });
    assign(details->state, info(holder.state).label);
    const Value on = is_blocked(holder.state) ? wait_on(holder) : Value{};
    assign(details->wait_on, on.present() ? on.text : std::string_view{});
    if (waiters.size() > details->waiters) {
        details->process_group = waiters_[waiters.front()].process_group;
        details->waiters = static_cast<std::uint32_t>(waiters.size());
        details->locks = static_cast<std::uint32_t>(locks.size());
    }
}

void LockCases::end(const Report& report) {
    if (!waiters_.empty()) {
        std::ranges::sort(waiters_, {}, &LockWaiter::tid);
        index_owners(report);
        by_lock_.resize(waiters_.size());
        for (std::uint32_t at = 0; at < by_lock_.size(); ++at) {
            by_lock_[at] = at;
        }
        std::ranges::sort(by_lock_, {}, [this](std::uint32_t at) {
            return std::tuple(waiters_[at].lock.address, waiters_[at].tid());
        });
        find_shared_locks();
        find_circles(report);
        const auto place = [this](std::uint32_t at) {
            return std::pair(waiters_[at].lock.order(), waiters_[at].tid());
        };
        std::ranges::sort(by_lock_, {}, place);
        for (std::size_t begin = 0, end = 0; begin < by_lock_.size(); begin = end) {
            while (end < by_lock_.size() && waiters_[by_lock_[end]].lock == waiters_[by_lock_[begin]].lock) {
                ++end;
            }
            judge_lock(report, std::span(by_lock_).subspan(begin, end - begin));
        }
        judge_holders(report);
    }
    holders_.end(report);
    convoys_.end(report);
    abandoned_.end(report);
    circles_.end(report);
}

}  // namespace tsa
