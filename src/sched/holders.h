// SPDX-License-Identifier: MIT
// Finds the holders of the locks that threads wait for, at each refresh: every lock is read again, once for all its
// waiters, and a holder is reported only if the read confirms it. A read from the start of the wait would be out of
// date. Pure except for two injected functions: one reads locks, one checks whether a thread is gone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "model/sample.h"
#include "sched/decode.h"
#include "tsa.h"
#include "tsa_locks.h"

namespace tsa {

/// Time budget per refresh. Reading takes microseconds, but on a busy machine the thread that reads may have to wait
/// for a tick of the scheduler until it gets a CPU: 4 ms at 250 Hz. Rows of threads that change meanwhile are copied
/// again.
inline constexpr std::chrono::nanoseconds kHolderTime = std::chrono::milliseconds(5);
/// Maximum number of reads of a lock that changes hands meanwhile.
inline constexpr int kHolderRounds = 3;

/// Access to the system; replaced in tests.
struct HolderQuestions {
    /// Fills in the answers within the time limit; an unanswered query keeps at_ns 0.
    std::function<void(std::span<tsa_lock_query> queries, std::chrono::nanoseconds within)> read;
    /// Whether no thread has that TID: in the process, or with `tgid` 0 in any. Both are IDs of the initial PID
    /// namespace; false if unknown.
    std::function<bool(std::uint32_t tgid, std::uint32_t tid)> is_gone;
    /// Nanoseconds of CLOCK_MONOTONIC.
    std::function<std::uint64_t()> clock;
};

class HolderFinder {
  public:
    explicit HolderFinder(HolderQuestions questions) : ask_(std::move(questions)) {}

    /// Sets wait.owner_tid and wait.owner_exited of every thread of `sample` that waits for a lock. Updates the rows of
    /// waiters and holders from `slots`, so that no row contradicts the read. `reader` must just have read `slots` into
    /// `sample`.
    void find(std::span<const tsa_slot> slots, SlotReader& reader, Sample& sample);

    /// Locks so far that were not read in time or exceeded TSA_MAX_LOCKS in one refresh.
    [[nodiscard]] std::uint64_t unread() const { return unread_; }

  private:
    struct Lock {
        Wait wait;                              // of its first waiter, when the locks were collected
        std::uint32_t waiter_tid = 0;           // of the first waiter
        std::uint32_t tgid = 0;                 // likewise
        std::uint32_t pid_namespace = 0;        // likewise
        std::size_t first_waiter, end_waiters;  // of waiters_
        std::uint32_t tid = 0;                  // the holder named by the words, in the waiter's namespace
        std::uint32_t dead_tid = 0;             // the same, found to have exited before the lock was read again
        std::uint64_t read_ns = 0;
        std::uint32_t holder = 0;  // index + 1; 0: no living holder
        bool settled = false;
        bool answered = false;
        bool exited = false;
    };

    void gather(const SlotReader& reader, Sample& sample);
    void read_unsettled(std::chrono::nanoseconds within);
    void look_up_holders(const SlotReader& reader, const Sample& sample);
    void settle(Lock& lock, std::span<const tsa_slot> slots, SlotReader& reader, Sample& sample);
    void settle_dead(Lock& lock, const Sample& sample) const;
    void name_holder(const Lock& lock, Sample& sample) const;
    static void name_holder_for(Thread& waiter, const Lock& lock, const Sample& sample);
    static bool waits_for(const Thread& thread, const Lock& lock);
    static bool may_hold(const Thread& candidate, const Lock& lock);
    [[nodiscard]] bool is_proved_dead(const Lock& lock, const Sample& sample) const;

    HolderQuestions ask_;
    std::vector<std::uint32_t> waiters_;  // indices, grouped by lock
    std::vector<Lock> locks_;
    std::vector<tsa_lock_query> queries_;
    std::vector<std::uint32_t> asked_;   // index into locks_ for each query
    std::vector<std::uint32_t> sought_;  // locks whose holder is looked up, by TID
    struct Latecomer {
        std::uint32_t lock, index;
    };
    std::vector<Latecomer> latecomers_;  // threads that started to wait for a lock while it was read
    std::uint64_t unread_ = 0;
};

}  // namespace tsa
