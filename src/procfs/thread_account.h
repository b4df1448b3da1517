// SPDX-License-Identifier: MIT
// The sum rule without events: accounts for the time between two looks at a thread's counters and state letters. Pure;
// called by src/procfs/thread_source.cpp. All times are CLOCK_MONOTONIC ns.
//
// A thread's interval is closed at each look that finds that it ran: the time since the previous look goes to exec and
// cpu_wait as far as the kernel has booked it, and the rest to its off-CPU state. While looks find that it has not run,
// it stays in one open state.
//
// The kernel books late: execution at a tick or a switch, a wait for a CPU when it ends. So booked but uncounted time
// is kept as due (`exec_due_ns`, `wait_due_ns`). Time that does not fit into an interval's wall time stays due and is
// counted in later ones; a wait that was counted while still open is a negative due, which its booking cancels.
// Counters never decrease and sum to wall time exactly; due time is bounded by how late the kernel books.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time_units.h"
#include "model/thread.h"
#include "procfs/task_files.h"

namespace tsa {

/// One look at a thread.
struct ThreadLook {
    std::uint64_t at_ns = 0;
    std::uint64_t exec_ns = 0;       ///< booked since its creation
    std::uint64_t run_delay_ns = 0;  ///< likewise; 0 if the kernel does not track it
    char letter = 'S';
    std::optional<std::uint64_t> voluntary;  ///< switches since its creation
};

/// The bookkeeping for a Thread's totals.
struct ThreadAccount {
    std::uint64_t booked_exec_ns = 0;  ///< at the last look
    std::uint64_t booked_wait_ns = 0;
    std::int64_t exec_due_ns = 0;  ///< booked but not yet counted; negative: counted but not yet booked
    std::int64_t wait_due_ns = 0;
    std::uint64_t moved_ns = 0;  ///< last look that found that it ran
    std::optional<std::uint64_t> voluntary;
    bool waits_are_booked = true;  ///< false: the kernel does not track run-queue delay; sleep then includes cpu_wait
};

/// An increase that exceeds the elapsed time by more than this does not belong to this thread: it called exec and took
/// the leader's place, or the counters were reset. One second: a CPU without ticks (nohz_full) books once per second.
inline constexpr std::uint64_t kMaxBookingLagNs = kNsPerSecond;

/// A preexisting thread: its totals start at this look, from zero.
void begin_account(const ThreadLook& look, Thread& thread, ThreadAccount& account);

/// A thread created at `born_ns` (not after the look), whose counters cover its whole life.
void begin_account_at_birth(const ThreadLook& look, std::uint64_t born_ns, std::uint64_t tick_ns, Thread& thread,
                            ThreadAccount& account);

/// Closes the time from `closed_ns`, where the last sample closed it, to the look. Call it when the counters have
/// changed, and for a thread that was runnable (`exec`) at the last look. `tick_ns`: how late execution may be booked.
void close_at(const ThreadLook& look, std::uint64_t closed_ns, std::uint64_t tick_ns, Thread& thread,
              ThreadAccount& account);

/// A thread that is asleep by its counters was seen runnable: it was woken and waits for a CPU, counted from this look
/// on (earlier waiting is counted when the wait is booked).
void begin_wait_at(std::uint64_t at_ns, std::uint64_t closed_ns, Thread& thread, ThreadAccount& account);

/// Moves the open interval up to `closed_ns` into the totals: samples have already shown it.
void fold_open(std::uint64_t closed_ns, Thread& thread, ThreadAccount& account);

}  // namespace tsa
