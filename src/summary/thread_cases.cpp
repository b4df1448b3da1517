// SPDX-License-Identifier: MIT
// See thread_cases.h.
#include "summary/thread_cases.h"

#include <algorithm>
#include <string_view>

#include "base/saturating.h"
#include "model/columns.h"

namespace tsa {

namespace {

/// An interval with a smaller share ends a stretch, or is a gap in it.
constexpr double kLeastStuckShare = 0.9;
/// A thread that waits for a CPU is stuck if it gets less than this part of what the others get: where many threads
/// share the CPUs equally, there are too few CPUs.
constexpr double kUnfair = 1.0 / 3;

void assign(std::string& to, std::string_view text) {
    if (to != text) {
        to = text;
    }
}

void assign_wait(std::string& to, const Thread& thread) {
    const Value on = is_blocked(thread.state) ? wait_on(thread) : Value{};
    assign(to, on.present() ? on.text : std::string_view{});
}

/// Whether the thread gets far less CPU time than its share among all that want to run.
bool is_starved(const Report& report, const ThreadRow& row) {
    const double runnable = report.threads_in(ThreadState::exec) + report.threads_in(ThreadState::cpu_wait);
    const double fair = std::min(1.0, report.system.cpus / std::max(runnable, 1.0));
    const double own = static_cast<double>(row.state_ns[index(ThreadState::exec)]) / static_cast<double>(row.wall_ns);
    return own < kUnfair * fair;
}

}  // namespace

void ThreadCases::look_closely(const ThreadRow& row, std::uint32_t process_group) {
    const auto largest = std::ranges::max_element(state_table(), {}, [&](const StateInfo& state) {
        return state.is_delay ? row.state_ns[index(state.state)] : 0;
    });
    const ThreadState state = largest->state;
    const double share =
        static_cast<double>(row.state_ns[index(state)]) / static_cast<double>(std::max<std::uint64_t>(row.wall_ns, 1));
    if (share * 100 >= kEntryPct && !waits_for_work_in_d(*row.now, state)) {
        candidates_.push_back({&row, process_group, state, share});
    }
}

void ThreadCases::update(ThreadDetails& details, const Report& report, const Candidate& candidate,
                         const LockCases& locks) {
    const Thread& thread = *candidate.row->now;
    details.tid = thread.tid;
    details.tgid = thread.tgid;
    details.process_group = candidate.process_group;
    details.comm = thread.comm;
    details.nice = thread.nice;
    details.policy = thread.policy;
    const bool known_age = thread.state == candidate.state && (thread.measured & kMeasuredAge) != 0;
    details.age_ns = known_age ? saturating_sub(report.now_ns, thread.since_ns) : 0;
    details.age_is_bound = known_age && thread.since_is_upper_bound;
    if (thread.state != candidate.state) {
        return;  // it runs just now: the last wait describes the stretch
    }
    assign_wait(details.wait_on, thread);
    details.doubtful = candidate.state == ThreadState::lock_wait && thread.wait.doubtful;
    const LockWaiter* waiter = candidate.state == ThreadState::lock_wait ? locks.find(thread.tid) : nullptr;
    details.lock = waiter != nullptr ? waiter->lock : LockId{};
    details.kernel_lock = waiter != nullptr && thread.wait.kernel_lock;
    details.holder.tid = waiter != nullptr ? waiter->owner_tid : 0;
    const Thread* holder = waiter != nullptr ? locks.holder_of(*waiter) : nullptr;
    const Thread* root = waiter != nullptr ? locks.root_of(*waiter) : nullptr;
    details.holder.comm = holder != nullptr ? holder->comm : CommName{};
    details.root.tid = root != nullptr ? root->tid : 0;
    details.root.comm = root != nullptr ? root->comm : CommName{};
    if (root != nullptr) {
        assign(details.root_state, info(root->state).label);
        assign_wait(details.root_wait_on, *root);
    }
}

void ThreadCases::end(const Report& report, const LockCases& locks) {
    for (const Candidate& candidate : candidates_) {
        const Thread& thread = *candidate.row->now;
        const ThreadCaseId id{thread.tid, candidate.state, thread.start_time_ns};
        const LockWaiter* waiter = candidate.state == ThreadState::lock_wait ? locks.find(thread.tid) : nullptr;
        const bool explained = waiter != nullptr && waiter->is_explained;
        const bool fair = candidate.state == ThreadState::cpu_wait && !is_starved(report, *candidate.row);
        if (candidate.share >= kLeastStuckShare && !explained && !fair) {
            if (ThreadDetails* details = stuck_.meet(report, id, candidate.share)) {
                update(*details, report, candidate, locks);
            }
        }
        if (candidate.state == ThreadState::io_wait && !thread.kernel) {
            if (ThreadDetails* details = io_bound_.meet(report, id, candidate.share)) {
                update(*details, report, candidate, locks);
            }
        }
    }
    stuck_.end(report);
    io_bound_.end(report);
}

}  // namespace tsa
