// SPDX-License-Identifier: MIT
// See holders.h. A lock is settled when its words, its waiters' rows and its holder's row agree. Otherwise it changed
// hands between these reads, and is read again.
#include "sched/holders.h"

#include <algorithm>
#include <tuple>

#include "base/first_namespace.h"
#include "model/sample.h"
#include "sched/lock_words.h"

namespace tsa {

namespace {

/// The process and address of a lock: equal for all waiters of one lock. Kernel locks belong to no process.
std::tuple<std::uint32_t, std::uint64_t> place_of(const Wait& wait, std::uint32_t tgid) {
    return {wait.kernel_lock ? 0 : tgid, wait.args[0]};
}

std::uint64_t bit_of(std::uint32_t tid) {
    return std::uint64_t{1} << (tid % 64);
}

}  // namespace

bool HolderFinder::waits_for(const Thread& thread, const Lock& lock) {
    return thread.life != 0 && thread.state == ThreadState::lock_wait &&
           place_of(thread.wait, thread.tgid) == place_of(lock.wait, lock.tgid);
}

/// Whether `candidate` can be the thread named by the lock's words.
bool HolderFinder::may_hold(const Thread& candidate, const Lock& lock) {
    if (lock.wait.kernel_lock) {
        return candidate.tid == lock.tid;
    }
    if (candidate.ns_tid != lock.tid || candidate.pid_namespace != lock.pid_namespace) {
        return false;
    }
    // Without the private flag, the lock may be in memory that processes share.
    return candidate.tgid == lock.tgid || is_shared_lock(lock.wait);
}

void HolderFinder::gather(const SlotReader& reader, Sample& sample) {
    waiters_.assign(reader.lock_waiters().begin(), reader.lock_waiters().end());
    locks_.clear();
    latecomers_.clear();
    for (const std::uint32_t index : waiters_) {
        Wait& wait = sample.threads[index].wait;
        wait.owner_tid = 0;
        wait.owner_exited = false;
    }
    const auto place = [&](std::uint32_t index) {
        return place_of(sample.threads[index].wait, sample.threads[index].tgid);
    };
    std::ranges::sort(
        waiters_, [&](std::uint32_t a, std::uint32_t b) { return std::tuple(place(a), a) < std::tuple(place(b), b); });
    for (std::size_t at = 0; at < waiters_.size();) {
        std::size_t end = at + 1;
        while (end < waiters_.size() && place(waiters_[end]) == place(waiters_[at])) {
            ++end;
        }
        const Thread& waiter = sample.threads[waiters_[at]];
        Lock& lock = locks_.emplace_back();
        lock.wait = waiter.wait;
        lock.waiter_tid = waiter.tid;
        lock.tgid = waiter.tgid;
        lock.pid_namespace = waiter.pid_namespace;
        lock.first_waiter = at;
        lock.end_waiters = end;
        lock.settled = lock_kind_of(waiter.wait) == TSA_LOCK_KERNEL_OTHER;
        at = end;
    }
}

void HolderFinder::read_unsettled(std::chrono::nanoseconds within) {
    queries_.clear();
    asked_.clear();
    for (std::size_t at = 0; at < locks_.size() && queries_.size() < TSA_MAX_LOCKS; ++at) {
        Lock& lock = locks_[at];
        if (lock.settled) {
            continue;
        }
        tsa_lock_query query{};
        query.address = lock.wait.args[0];
        query.tid = lock.waiter_tid;
        query.tgid = lock.tgid;
        query.kind = lock_kind_of(lock.wait);
        queries_.push_back(query);
        asked_.push_back(static_cast<std::uint32_t>(at));
    }
    ask_.read(queries_, within);
    for (std::size_t at = 0; at < queries_.size(); ++at) {
        const tsa_lock_query& query = queries_[at];
        Lock& lock = locks_[asked_[at]];
        lock.answered = query.at_ns != 0;
        lock.read_ns = query.at_ns;
        lock.holder = 0;
        lock.tid = lock.answered && query.error == 0 ? holder_in(lock.wait, query.words) : 0;
    }
}

void HolderFinder::look_up_holders(const SlotReader& reader, const Sample& sample) {
    sought_.clear();
    std::uint64_t bits = 0;
    bool foreign = false;
    for (const std::uint32_t at : asked_) {
        const Lock& lock = locks_[at];
        if (lock.tid != 0) {
            sought_.push_back(at);
            bits |= bit_of(lock.tid);
            foreign = foreign || lock.pid_namespace != own_pid_namespace();
        }
    }
    if (sought_.empty()) {
        return;
    }
    const auto tid_of = [&](std::uint32_t at) { return locks_[at].tid; };
    std::ranges::sort(sought_, {}, tid_of);
    const auto try_as = [&](std::uint32_t index, std::uint32_t tid) {
        if ((bits & bit_of(tid)) == 0) {
            return;
        }
        auto at = std::ranges::lower_bound(sought_, tid, {}, tid_of);
        for (; at != sought_.end() && tid_of(*at) == tid; ++at) {
            if (may_hold(sample.threads[index], locks_[*at])) {
                locks_[*at].holder = index + 1;
            }
        }
    };
    const std::span<const std::uint32_t> tids = reader.tids();
    for (std::uint32_t index = 0; index < tids.size(); ++index) {
        if (tids[index] == 0) {
            continue;
        }
        try_as(index, tids[index]);
        // Its TID in its own namespace is in the thread, and differs only in a container.
        if (foreign && sample.threads[index].ns_tid != tids[index]) {
            try_as(index, sample.threads[index].ns_tid);
        }
    }
}

bool HolderFinder::is_proved_dead(const Lock& lock, const Sample& sample) const {
    const bool shared = is_shared_lock(lock.wait);
    if (lock.pid_namespace == own_pid_namespace()) {
        return ask_.is_gone(shared ? 0 : lock.tgid, lock.tid);
    }
    // No system call accepts a TID of another namespace. If every thread is tracked, a thread that is not in the sample
    // does not exist.
    return sample.untracked.live_threads == 0 && !shared;
}

/// The words name a thread that does not exist. If they still do after that was checked, it exited without unlocking.
void HolderFinder::settle_dead(Lock& lock, const Sample& sample) const {
    const bool is_zombie = lock.holder != 0;
    lock.holder = 0;
    if (!lock.wait.kernel_lock && lock.dead_tid == lock.tid) {
        lock.settled = true;
        lock.exited = true;
    } else if (!lock.wait.kernel_lock && (is_zombie || is_proved_dead(lock, sample))) {
        lock.dead_tid = lock.tid;
    } else {
        lock.settled = true;
    }
}

void HolderFinder::settle(Lock& lock, std::span<const tsa_slot> slots, SlotReader& reader, Sample& sample) {
    if (!lock.answered) {
        return;
    }
    bool moved = false;  // since the read, a waiter was woken, did not get the lock, and waits again
    for (std::size_t at = lock.first_waiter; at < lock.end_waiters; ++at) {
        reader.read_again(slots, waiters_[at], sample);
        const Thread& waiter = sample.threads[waiters_[at]];
        moved = moved || (waits_for(waiter, lock) && waiter.since_ns > lock.read_ns);
    }
    if (lock.tid == 0) {
        lock.settled = true;
        return;
    }
    if (lock.holder != 0) {
        reader.read_again(slots, lock.holder - 1, sample);
    }
    const Thread* holder = lock.holder != 0 ? &sample.threads[lock.holder - 1] : nullptr;
    if (holder == nullptr || holder->state == ThreadState::zombie) {
        settle_dead(lock, sample);
        return;
    }
    // A thread that has exited, or has started to wait for the lock since the read, has released it. One that was
    // already waiting at the read has locked it twice.
    const bool came_back = waits_for(*holder, lock) && holder->since_ns > lock.read_ns;
    if (came_back) {
        latecomers_.push_back({static_cast<std::uint32_t>(&lock - locks_.data()), lock.holder - 1});
    }
    if (came_back || holder->life == 0) {
        lock.holder = 0;
        return;
    }
    lock.settled = !moved;
}

void HolderFinder::name_holder(const Lock& lock, Sample& sample) const {
    if (lock.holder == 0 && !lock.exited) {
        return;
    }
    for (std::size_t at = lock.first_waiter; at < lock.end_waiters; ++at) {
        name_holder_for(sample.threads[waiters_[at]], lock, sample);
    }
    for (const Latecomer& latecomer : latecomers_) {
        if (&locks_[latecomer.lock] == &lock) {
            name_holder_for(sample.threads[latecomer.index], lock, sample);
        }
    }
}

void HolderFinder::name_holder_for(Thread& waiter, const Lock& lock, const Sample& sample) {
    // A thread that arrived after the read may wait for the next holder.
    if (!waits_for(waiter, lock) || waiter.since_ns > lock.read_ns) {
        return;
    }
    waiter.wait.owner_exited = lock.exited;
    if (lock.holder != 0) {
        waiter.wait.owner_tid = sample.threads[lock.holder - 1].tid;
    } else if (lock.pid_namespace == own_pid_namespace()) {
        waiter.wait.owner_tid = lock.tid;
    }
}

void HolderFinder::find(std::span<const tsa_slot> slots, SlotReader& reader, Sample& sample) {
    if (reader.lock_waiters().empty()) {
        return;
    }
    const std::uint64_t end_ns = ask_.clock() + static_cast<std::uint64_t>(kHolderTime.count());
    gather(reader, sample);
    for (int round = 0; round < kHolderRounds; ++round) {
        const std::uint64_t now_ns = ask_.clock();
        if (now_ns >= end_ns || std::ranges::all_of(locks_, &Lock::settled)) {
            break;
        }
        read_unsettled(std::chrono::nanoseconds(end_ns - now_ns));
        look_up_holders(reader, sample);
        for (const std::uint32_t at : asked_) {
            settle(locks_[at], slots, reader, sample);
        }
    }
    for (const Lock& lock : locks_) {
        unread_ += lock.settled || lock.answered ? 0 : 1;
        name_holder(lock, sample);
    }
}

}  // namespace tsa
