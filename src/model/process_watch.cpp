// SPDX-License-Identifier: MIT
// See process_watch.h.
#include "model/process_watch.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "model/find_row.h"

namespace tsa {

namespace {

constexpr auto kForever = std::numeric_limits<std::uint64_t>::max();

/// A lock of the kernel has one address for the whole machine; a futex or a descriptor is the process's.
bool is_same_lock(const Wait& left, const Wait& right) {
    return left.kernel_lock == right.kernel_lock && left.args[0] == right.args[0] &&
           (left.kernel_lock || left.syscall == right.syscall);
}

std::uint64_t wait_so_far_ns(const ThreadRow& row, const Report& report) {
    return report.now_ns - std::min(row.now->since_ns, report.now_ns);
}

}  // namespace

bool SeenLock::is_of(const Thread& thread) const {
    return is_same_lock(waiter.wait, thread.wait);
}

void ProcessWatch::follow(std::optional<std::uint32_t> tgid) {
    if (tgid != tgid_) {
        forget();
        tgid_ = tgid;
    }
}

void ProcessWatch::forget() {
    seen_ = ended_ = false;
    now_ns_ = 0;
    if (tgid_) {
        history_ = {};
    }
    locks_.clear();
    cpu_waiters_.clear();
}

void ProcessWatch::add(const Report& report, const RecentStates& recent) {
    if (!tgid_ || report.now_ns == now_ns_) {
        return;
    }
    const ProcessRow* row = find_process(report, *tgid_);
    if (row == nullptr || row->leader == nullptr) {
        ended_ = seen_;
        for (SeenLock& lock : locks_) {
            lock.waiters = lock.holder_tid = 0;
        }
        return;
    }
    const bool is_another = seen_ && row->leader->tid == *tgid_ && leader_.tid == *tgid_ &&
                            row->leader->start_time_ns != leader_.start_time_ns;
    if (is_another) {
        forget();  // a later process with its ID: what is known of the past is of both
    }
    if (!seen_ && !is_another) {
        recent.fill(history_, *tgid_, report, report.now_ns - std::min(report.interval_ns, report.now_ns));
    }
    seen_ = true;
    ended_ = row->threads == 0;
    row_ = *row;
    leader_ = *row->leader;
    row_.leader = &leader_;
    now_ns_ = report.now_ns;
    add_times(report);
    add_locks(report);
    choose_cpu_waiters(report);
}

/// Threads that were there throughout are added together.
void ProcessWatch::add_times(const Report& report) {
    PerState<std::uint64_t> state_ns{};
    PerPart<std::uint64_t> part_ns{};
    for (const std::vector<ThreadRow>* rows : {&report.threads, &report.exited}) {
        for (const ThreadRow& row : *rows) {
            if (row.now->tgid != *tgid_) {
                continue;
            }
            if (row.wall_ns != report.interval_ns) {
                history_.add(row.state_ns, row.part_ns, report.now_ns - std::min(row.wall_ns, report.now_ns),
                             report.now_ns);
                continue;
            }
            for (std::size_t state = 0; state < kStateCount; ++state) {
                state_ns[state] += row.state_ns[state];
            }
            part_ns += row.part_ns;
        }
    }
    history_.add(state_ns, part_ns, report.now_ns - std::min(report.interval_ns, report.now_ns), report.now_ns);
}

void ProcessWatch::add_waiter(const ThreadRow& row, const Report& report) {
    auto lock = std::ranges::find_if(locks_, [&](const SeenLock& one) { return one.is_of(*row.now); });
    if (lock == locks_.end()) {
        if (locks_.size() == kMaxSeenLocks) {
            locks_.pop_back();  // without waiters, or with the least time
        }
        locks_.emplace_back();
        lock = std::prev(locks_.end());
    }
    const std::uint64_t so_far_ns = wait_so_far_ns(row, report);
    lock->waiter = *row.now;
    lock->waiters += 1;
    lock->wait_ns += std::min(so_far_ns, row.wall_ns);
    lock->longest_ns = std::max(lock->longest_ns, so_far_ns);
    lock->holder_tid = row.now->wait.owner_tid != 0 ? row.now->wait.owner_tid : lock->holder_tid;
}

void ProcessWatch::add_locks(const Report& report) {
    for (SeenLock& lock : locks_) {
        lock.waiters = lock.holder_tid = 0;
    }
    for (const ThreadRow& row : report.threads) {
        if (row.now->tgid == *tgid_ && row.now->state == ThreadState::lock_wait) {
            add_waiter(row, report);
        }
    }
    for (SeenLock& lock : locks_) {
        if (lock.holder_tid == 0) {
            continue;
        }
        auto holder = std::ranges::find(lock.holders, lock.holder_tid, &SeenLock::Holder::tid);
        if (holder == lock.holders.end()) {
            if (lock.holders.size() == kMaxSeenHolders) {
                lock.holders.pop_back();
            }
            holder = lock.holders.insert(lock.holders.end(), {lock.holder_tid, 0});
        }
        holder->ns += report.interval_ns;
        std::ranges::stable_sort(lock.holders, std::greater<>(), &SeenLock::Holder::ns);
    }
    std::ranges::stable_sort(locks_, [](const SeenLock& left, const SeenLock& right) {
        return std::pair(left.waiters, left.wait_ns) > std::pair(right.waiters, right.wait_ns);
    });
}

void ProcessWatch::choose_cpu_waiters(const Report& report) {
    struct Waiter {
        ThreadKey key;
        std::uint64_t rank;
    };
    std::vector<Waiter> waiters;
    for (const ThreadRow& row : report.threads) {
        if (row.now->tgid == *tgid_) {
            const ThreadKey key = key_of(*row.now);
            const bool stays = std::ranges::find(cpu_waiters_, key) != cpu_waiters_.end();
            waiters.push_back({key, stays ? kForever : row.state_ns[index(ThreadState::cpu_wait)]});
        }
    }
    std::ranges::stable_sort(waiters, std::greater<>(), &Waiter::rank);
    waiters.resize(std::min(waiters.size(), kMaxCpuWaiters));
    cpu_waiters_.clear();
    for (const Waiter& waiter : waiters) {
        cpu_waiters_.push_back(waiter.key);
    }
}

}  // namespace tsa
