// SPDX-License-Identifier: MIT
// See thread_account.h.
#include "procfs/thread_account.h"

#include <algorithm>

#include "base/saturating.h"

namespace tsa {

namespace {

/// Takes as much of the due time as fits.
std::uint64_t count_due(std::int64_t& due_ns, std::uint64_t room_ns) {
    const std::uint64_t counted_ns = due_ns > 0 ? std::min(static_cast<std::uint64_t>(due_ns), room_ns) : 0;
    due_ns -= static_cast<std::int64_t>(counted_ns);
    return counted_ns;
}

void count_ahead(std::int64_t& due_ns, std::uint64_t ns) {
    due_ns -= static_cast<std::int64_t>(ns);
}

void book(const ThreadLook& look, ThreadAccount& account) {
    const std::uint64_t exec_ns = saturating_sub(look.exec_ns, account.booked_exec_ns);
    const std::uint64_t wait_ns = saturating_sub(look.run_delay_ns, account.booked_wait_ns);
    const bool back = look.exec_ns < account.booked_exec_ns || look.run_delay_ns < account.booked_wait_ns;
    const std::uint64_t possible_ns = saturating_sub(look.at_ns, account.moved_ns) + kMaxBookingLagNs;
    if (!back && exec_ns <= possible_ns) {
        account.exec_due_ns += static_cast<std::int64_t>(exec_ns);
        // A wait may have started before the first look.
        account.wait_due_ns += static_cast<std::int64_t>(std::min(wait_ns, possible_ns));
    }
    if (exec_ns != 0 || wait_ns != 0 || back) {
        account.moved_ns = look.at_ns;
    }
    account.booked_exec_ns = look.exec_ns;
    account.booked_wait_ns = look.run_delay_ns;
}

/// Due time beyond the time since the thread was first seen belongs to the time before it: a wait that had already
/// started.
void forget_earlier(const ThreadLook& look, const Thread& thread, ThreadAccount& account) {
    const std::uint64_t counted_ns = thread.ns[index(ThreadState::exec)] + thread.ns[index(ThreadState::cpu_wait)];
    const std::uint64_t room_ns = saturating_sub(look.at_ns, thread.first_seen_ns + counted_ns);
    const auto cap = [](std::int64_t& due_ns, std::uint64_t most_ns) {
        due_ns = std::min(due_ns, static_cast<std::int64_t>(most_ns));
        return most_ns - static_cast<std::uint64_t>(std::max<std::int64_t>(due_ns, 0));
    };
    cap(account.wait_due_ns, cap(account.exec_due_ns, room_ns));
}

/// Splits unbooked wall time of a thread that was runnable throughout: it is running, and the next tick will book the
/// time, or it is waiting, and the end of the wait will. It can run unbooked for at most one tick, so at most that much
/// is counted as execution ahead of the kernel; the rest is waiting. Returns the rest.
std::uint64_t split_unbooked(std::uint64_t ns, std::uint64_t tick_ns, PerState<std::uint64_t>& totals,
                             ThreadAccount& account) {
    const std::uint64_t ahead_ns = account.exec_due_ns < 0 ? static_cast<std::uint64_t>(-account.exec_due_ns) : 0;
    const std::uint64_t exec_ns = std::min(ns, saturating_sub(tick_ns, ahead_ns));
    totals[index(ThreadState::exec)] += exec_ns;
    count_ahead(account.exec_due_ns, exec_ns);
    return ns - exec_ns;
}

}  // namespace

void begin_account(const ThreadLook& look, Thread& thread, ThreadAccount& account) {
    thread.first_seen_ns = look.at_ns;
    thread.since_ns = look.at_ns;
    thread.state = is_runnable(look.letter) ? ThreadState::exec : off_cpu_state(look.letter);
    thread.wait.kind = off_cpu_kind(look.letter);
    account.booked_exec_ns = look.exec_ns;
    account.booked_wait_ns = look.run_delay_ns;
    account.moved_ns = look.at_ns;
    account.voluntary = look.voluntary;
}

void begin_account_at_birth(const ThreadLook& look, std::uint64_t born_ns, std::uint64_t tick_ns, Thread& thread,
                            ThreadAccount& account) {
    thread.first_seen_ns = std::min(born_ns, look.at_ns);
    thread.since_ns = thread.first_seen_ns;
    thread.state = ThreadState::exec;  // a new thread is runnable
    account.moved_ns = thread.first_seen_ns;
    account.voluntary = 0;
    close_at(look, thread.first_seen_ns, tick_ns, thread, account);
}

void fold_open(std::uint64_t closed_ns, Thread& thread, ThreadAccount& account) {
    const std::uint64_t open_ns = saturating_sub(closed_ns, thread.since_ns);
    thread.ns[index(thread.state)] += open_ns;
    thread.since_ns += open_ns;
    if (thread.state == ThreadState::exec) {
        count_ahead(account.exec_due_ns, open_ns);
    } else if (thread.state == ThreadState::cpu_wait) {
        count_ahead(account.wait_due_ns, open_ns);
    }
}

void close_at(const ThreadLook& look, std::uint64_t closed_ns, std::uint64_t tick_ns, Thread& thread,
              ThreadAccount& account) {
    fold_open(closed_ns, thread, account);
    book(look, account);
    forget_earlier(look, thread, account);
    const bool slept = !account.voluntary || !look.voluntary || *look.voluntary != *account.voluntary;
    const bool was_runnable = thread.state == ThreadState::exec || thread.state == ThreadState::cpu_wait;
    account.voluntary = look.voluntary;

    std::uint64_t rest_ns = saturating_sub(look.at_ns, thread.since_ns);
    const std::uint64_t exec_ns = count_due(account.exec_due_ns, rest_ns);
    thread.ns[index(ThreadState::exec)] += exec_ns;
    rest_ns -= exec_ns;
    const std::uint64_t wait_ns = count_due(account.wait_due_ns, rest_ns);
    thread.ns[index(ThreadState::cpu_wait)] += wait_ns;
    rest_ns -= wait_ns;

    bool waits = false;
    if (was_runnable && is_runnable(look.letter) && !slept) {
        rest_ns = split_unbooked(rest_ns, tick_ns, thread.ns, account);
        waits = rest_ns != 0 && account.waits_are_booked;
        if (waits) {
            thread.ns[index(ThreadState::cpu_wait)] += rest_ns;
            count_ahead(account.wait_due_ns, rest_ns);
            rest_ns = 0;
        }
    }
    // Its off-CPU state: the previous one; if it was runnable then, the current one. An exited thread does not run
    // again, so time before its exit is not zombie time.
    ThreadState off = was_runnable ? off_cpu_state(look.letter) : thread.state;
    off = off == ThreadState::zombie && thread.state != ThreadState::zombie ? ThreadState::sleep : off;
    thread.ns[index(off)] += rest_ns;

    thread.since_ns = std::max(thread.since_ns, look.at_ns);
    const ThreadState runnable = waits ? ThreadState::cpu_wait : ThreadState::exec;
    thread.state = is_runnable(look.letter) ? runnable : off_cpu_state(look.letter);
    thread.wait.kind = off_cpu_kind(look.letter);
}

void begin_wait_at(std::uint64_t at_ns, std::uint64_t closed_ns, Thread& thread, ThreadAccount& account) {
    fold_open(closed_ns, thread, account);
    thread.ns[index(thread.state)] += saturating_sub(at_ns, thread.since_ns);
    thread.since_ns = std::max(thread.since_ns, at_ns);
    thread.state = ThreadState::cpu_wait;
}

}  // namespace tsa
