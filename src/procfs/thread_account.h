// The sum rule without events: what two looks at a thread's counters, and its state letters, say about the time
// between. Pure; src/procfs/thread_source.cpp feeds it. All times are CLOCK_MONOTONIC ns.
//
// A thread is closed at each look at which it had run: the time since the look before goes to exec and cpu_wait as far
// as the kernel has booked any, and the rest to what it did off the CPU. Between looks at which it had not run, it is
// in one state, which stays open.
//
// The kernel books late: execution at a tick or a switch, a wait for a CPU when it ends. So there is an account of what
// is booked and not yet counted (`exec_due_ns`, `wait_due_ns`). What does not fit into an interval's wall time stays
// due and is counted in the next ones; a wait that was seen open and counted at once is a negative due, which its
// booking makes good. Counters only grow and sum to wall time exactly; what is due is bounded by how late the kernel
// books.
#pragma once

#include <cstdint>
#include <optional>

#include "model/sample.h"
#include "procfs/task_files.h"

namespace tsa {

/// One look at a thread.
struct ThreadLook {
    std::uint64_t at_ns = 0;
    std::uint64_t exec_ns = 0;       ///< as booked since its birth
    std::uint64_t run_delay_ns = 0;  ///< likewise; 0 where the kernel does not keep it
    char letter = 'S';
    std::optional<std::uint64_t> voluntary;  ///< switches since its birth
};

/// Beside a Thread's totals: what they were made of.
struct ThreadAccount {
    std::uint64_t booked_exec_ns = 0;  ///< at the last look
    std::uint64_t booked_wait_ns = 0;
    std::int64_t exec_due_ns = 0;  ///< booked and not yet counted; negative: counted and not yet booked
    std::int64_t wait_due_ns = 0;
    std::uint64_t moved_ns = 0;  ///< when it was last seen to have run
    std::optional<std::uint64_t> voluntary;
    bool waits_are_booked = true;  ///< false: the kernel keeps no run-queue delay; cpu_wait is a part of sleep then
};

/// Beyond this much more than the time that has gone by, growth is not this thread's: it has called exec and got the
/// leader's place, or the counters were reset. One second: a CPU without ticks (nohz_full) books once per second.
inline constexpr std::uint64_t kMaxBookingLagNs = 1'000'000'000;

/// A thread that was there before: its totals begin at this look, with nothing in them.
void begin_account(const ThreadLook& look, Thread& thread, ThreadAccount& account);

/// A thread that was born at `born_ns` (not after the look), with all its life in its counters.
void begin_account_at_birth(const ThreadLook& look, std::uint64_t born_ns, std::uint64_t tick_ns, Thread& thread,
                            ThreadAccount& account);

/// Closes the time from `closed_ns`, at which the last sample closed it, to the look. To be called when its counters
/// have moved, and for one that was runnable (`exec`) at the last look. `tick_ns`: how late execution may be booked.
void close_at(const ThreadLook& look, std::uint64_t closed_ns, std::uint64_t tick_ns, Thread& thread,
              ThreadAccount& account);

/// A thread that sleeps by its counters was seen runnable: it has been woken and waits for a CPU, from this look on
/// (what it has waited before is counted when the wait is booked).
void begin_wait_at(std::uint64_t at_ns, std::uint64_t closed_ns, Thread& thread, ThreadAccount& account);

/// Moves the open interval up to `closed_ns` into the totals: what samples have shown already.
void fold_open(std::uint64_t closed_ns, Thread& thread, ThreadAccount& account);

}  // namespace tsa
