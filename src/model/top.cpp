// SPDX-License-Identifier: MIT
// See top.h.
#include "model/top.h"

#include <algorithm>
#include <tuple>

namespace tsa {

namespace {

/// A heap of the best so far with the last of them in front: most candidates are rejected by one comparison.
template <class T, class Before>
void keep_best(std::vector<T>& best, std::size_t wanted, const T& candidate, Before before) {
    if (best.size() < wanted) {
        best.push_back(candidate);
        std::push_heap(best.begin(), best.end(), before);
    } else if (wanted != 0 && before(candidate, best.front())) {
        std::pop_heap(best.begin(), best.end(), before);
        best.back() = candidate;
        std::push_heap(best.begin(), best.end(), before);
    }
}

// Total orders: rows do not move between two refreshes without changes.
bool larger(const TopProcess& left, const TopProcess& right) {
    return left.value != right.value ? left.value > right.value : left.row->tgid < right.row->tgid;
}

bool older(const StuckThread& left, const StuckThread& right) {
    const std::uint64_t left_ns = left.age_ns.value_or(0);
    const std::uint64_t right_ns = right.age_ns.value_or(0);
    return left_ns != right_ns ? left_ns > right_ns : left.row->now->tid < right.row->now->tid;
}

StuckThread stuck_thread(const ThreadRow& row, std::uint64_t now_ns) {
    const Thread& thread = *row.now;
    if ((thread.measured & kMeasuredAge) == 0) {
        return {&row, std::nullopt, false};
    }
    return {&row, closed_at_ns(thread, now_ns) - thread.since_ns, thread.since_is_upper_bound};
}

}  // namespace

std::uint64_t measured_latency_ns(const PerState<std::uint64_t>& state_ns, Measured measured) {
    std::uint64_t sum = 0;
    for (const StateInfo& state : state_table()) {
        sum += state.is_delay && (measured & measured_bit(state.state)) != 0 ? state_ns[index(state.state)] : 0;
    }
    return sum;
}

std::optional<std::uint64_t> top_value(const ProcessRow& process, TopBy by) {
    switch (by) {
        case TopBy::cpu:
            return (process.measured & measured_bit(ThreadState::exec)) != 0
                       ? std::optional(process.state_ns[index(ThreadState::exec)])
                       : std::nullopt;
        case TopBy::memory:
            return process.rss_bytes;
        case TopBy::io:
            return (process.measured & kMeasuredIo) != 0 ? std::optional(process.read_bytes + process.write_bytes)
                                                         : std::nullopt;
        case TopBy::network:
            return process.net_rx_bytes + process.net_tx_bytes;
        case TopBy::wait:
            return measured_latency_ns(process.state_ns, process.measured);
    }
    return std::nullopt;
}

bool is_stuck(const Thread& thread, std::uint64_t now_ns) {
    switch (thread.state) {
        case ThreadState::uninterruptible:
            return true;
        case ThreadState::lock_wait:
            if (!thread.wait.kernel_lock) {
                return false;  // a futex: interruptible
            }
            [[fallthrough]];
        case ThreadState::io_wait:
        case ThreadState::swap_wait:
        case ThreadState::mem_wait:
            return (thread.measured & kMeasuredAge) != 0 &&
                   closed_at_ns(thread, now_ns) - thread.since_ns >= kStuckFromNs;
        default:
            return false;
    }
}

bool is_held_up(const Thread& thread, std::uint64_t now_ns) {
    if (thread.state == ThreadState::uninterruptible) {
        return true;
    }
    if ((thread.measured & kMeasuredAge) == 0) {
        return thread.state == ThreadState::zombie;
    }
    const std::uint64_t age_ns = closed_at_ns(thread, now_ns) - thread.since_ns;
    // A thread that has just died counts as reaped.
    return thread.state == ThreadState::zombie ? age_ns != 0 : is_delay(thread.state) && age_ns >= kStuckFromNs;
}

void TopLists::find(const Report& report, std::size_t wanted) {
    wanted = std::min(wanted, kMaxTop);
    for (std::size_t list = 0; list < kTopLists; ++list) {
        std::vector<TopProcess>& best = processes_[list];
        best.clear();
        best.reserve(wanted);
        if (static_cast<TopBy>(list) == TopBy::network && !report.network) {
            continue;
        }
        for (const ProcessRow& process : report.processes) {
            const std::uint64_t value = top_value(process, static_cast<TopBy>(list)).value_or(0);
            if (value != 0) {
                keep_best(best, wanted, TopProcess{&process, value}, larger);
            }
        }
        std::sort_heap(best.begin(), best.end(), larger);
    }
    find_threads(report, wanted);
    find_gpu_users(report, wanted);
}

void TopLists::find_gpu_users(const Report& report, std::size_t wanted) {
    gpu_users_.clear();
    if (report.gpus == nullptr) {
        return;
    }
    for (const GpuUse& use : report.gpus->processes) {
        const auto row = std::ranges::find(report.processes, use.tgid, &ProcessRow::tgid);
        if (row != report.processes.end()) {
            gpu_users_.push_back({&*row, &use});
        }
    }
    std::ranges::sort(gpu_users_, [](const TopGpuUser& left, const TopGpuUser& right) {
        return std::tuple(-left.use->busy_pct.value_or(0), right.use->memory_bytes.value_or(0), left.row->tgid) <
               std::tuple(-right.use->busy_pct.value_or(0), left.use->memory_bytes.value_or(0), right.row->tgid);
    });
    gpu_users_.resize(std::min(gpu_users_.size(), wanted));
}

void TopLists::find_threads(const Report& report, std::size_t wanted) {
    stuck_.clear();
    zombies_.clear();
    stuck_.reserve(wanted);
    zombies_.reserve(wanted);
    stuck_count_ = 0;
    zombie_count_ = 0;
    for (const ThreadRow& row : report.threads) {
        // Most threads only slept: the row shows it without reading the thread. Without an interval, rows have no time
        // yet.
        const std::uint64_t dead_ns = row.state_ns[index(ThreadState::zombie)];
        if (row.wall_ns != 0 && dead_ns == 0 && latency_ns(row.state_ns) == 0) {
            continue;
        }
        const Thread& thread = *row.now;
        if (is_stuck(thread, report.now_ns)) {
            ++stuck_count_;
            keep_best(stuck_, wanted, stuck_thread(row, report.now_ns), older);
        } else if (thread.state == ThreadState::zombie) {
            const StuckThread dead = stuck_thread(row, report.now_ns);
            // By closed_at_ns a thread that has just died counts as reaped: its age is 0.
            if (!dead.age_ns || *dead.age_ns != 0) {
                ++zombie_count_;
                keep_best(zombies_, wanted, dead, older);
            }
        }
    }
    std::sort_heap(stuck_.begin(), stuck_.end(), older);
    std::sort_heap(zombies_.begin(), zombies_.end(), older);
}

}  // namespace tsa
