// See wait_text.h.
#include "output/wait_text.h"

#include "model/columns.h"
#include "output/cells.h"
#include "output/sanitize.h"
#include "output/units.h"

namespace tsa {

namespace {

const ThreadRow* find_thread(const Report& report, std::uint32_t tid) {
    for (const ThreadRow& row : report.threads) {
        if (row.now->tid == tid) {
            return &row;
        }
    }
    return nullptr;
}

void put_reason(fmt::memory_buffer& out, const Thread& thread) {
    const Value reason = wait_on(thread);
    if (!reason.present()) {
        put(out, info(thread.state).label);
        return;
    }
    put(out, reason.text);
    if (thread.state == ThreadState::lock_wait && !thread.wait.kernel_lock) {
        put(out, " lock");
    }
}

bool waits_for_owner(const Thread& thread) {
    return thread.state == ThreadState::lock_wait && thread.wait.owner_tid != 0;
}

void put_owners(fmt::memory_buffer& out, const Report& report, const ThreadRow& row) {
    const Thread* thread = row.now;
    for (int hop = 0; hop < kMaxOwners && waits_for_owner(*thread); ++hop) {
        const std::uint32_t owner_tid = thread->wait.owner_tid;
        fmt::format_to(std::back_inserter(out), " <- {}", owner_tid);
        if (owner_tid == row.now->tid) {
            put(out, " (deadlock)");
            return;
        }
        const ThreadRow* owner = find_thread(report, owner_tid);
        if (owner == nullptr) {
            return;
        }
        thread = owner->now;
        put(out, " ");
        put(out, Printable(comm_of(*thread)).view());
    }
    // The end of the chain is what all of them wait for.
    if (thread != row.now && !waits_for_owner(*thread)) {
        put(out, " (");
        put(out, thread->state == ThreadState::exec ? std::string_view("on a CPU") : info(thread->state).label);
        put(out, ")");
    }
}

}  // namespace

void put_wait(fmt::memory_buffer& out, const Report& report, const ThreadRow& row) {
    const Thread& thread = *row.now;
    if (row.exit_time_unix_ns != 0) {
        put(out, "(ended)");
        return;
    }
    switch (thread.state) {
        case ThreadState::exec:
            return;
        case ThreadState::cpu_wait:
            put(out, thread.preempted ? "a CPU, preempted" : "a CPU");
            break;
        case ThreadState::stopped:
        case ThreadState::zombie:
            put(out, info(thread.state).label);
            break;
        default:
            put_reason(out, thread);
            put_owners(out, report, row);
            break;
    }
    put(out, "  ");
    put(out, thread.since_is_upper_bound ? "≥" : "");
    put(out, duration_text(closed_at_ns(thread, report.now_ns) - thread.since_ns).view());
}

}  // namespace tsa
