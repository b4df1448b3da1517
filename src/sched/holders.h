// Who holds the locks that threads wait for, at this refresh: each lock is read again, once for all of its waiters, and
// a holder is named only if the reading bears it out. What was read when a wait began would be long out of date.
// Pure but for two functions that it is given: one reads locks, one asks whether a thread is gone.
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

/// Time that one refresh gives to it. Shorter than kReadingNs: rows of threads that move meanwhile are copied again.
inline constexpr std::chrono::nanoseconds kHolderTime = std::chrono::microseconds(1800);
/// A lock that changes hands while it is read is read again, this many times in all.
inline constexpr int kHolderRounds = 3;

/// What the outside world answers.
struct HolderQuestions {
    /// Fills the queries' answers within the time; a query that was not answered keeps at_ns 0.
    std::function<void(std::span<tsa_lock_query> queries, std::chrono::nanoseconds within)> read;
    /// Whether no thread has that TID: of the process, or with `tgid` 0 of any. Both are of the first PID namespace;
    /// false where that cannot be known.
    std::function<bool(std::uint32_t tgid, std::uint32_t tid)> is_gone;
    /// Nanoseconds of CLOCK_MONOTONIC.
    std::function<std::uint64_t()> clock;
};

class HolderFinder {
  public:
    explicit HolderFinder(HolderQuestions questions) : ask_(std::move(questions)) {}

    /// Sets wait.owner_tid and wait.owner_exited of every thread of `sample` that waits for a lock. Rows of its waiters
    /// and holders are brought up to date with `slots`, so that no row contradicts what was read. `reader` must just
    /// have read `slots` into `sample`.
    void find(std::span<const tsa_slot> slots, SlotReader& reader, Sample& sample);

    /// Locks so far that were not read in time, or beyond TSA_MAX_LOCKS of one refresh.
    [[nodiscard]] std::uint64_t unread() const { return unread_; }

  private:
    struct Lock {
        Wait wait;                              // that of its first waiter, when the locks were gathered
        std::uint32_t waiter_tid = 0;           // of that one
        std::uint32_t tgid = 0;                 // likewise
        std::uint32_t pid_namespace = 0;        // likewise
        std::size_t first_waiter, end_waiters;  // of waiters_
        std::uint32_t tid = 0;                  // the holder as the words name it, of the waiter's namespace
        std::uint32_t dead_tid = 0;             // the same, found dead before the lock was read again
        std::uint64_t read_ns = 0;
        std::uint32_t holder = 0;  // index + 1; 0: none that lives
        bool settled = false;
        bool answered = false;
        bool exited = false;
    };

    void gather(const SlotReader& reader, Sample& sample);
    void read_unsettled(std::chrono::nanoseconds within);
    void look_up_holders(const Sample& sample);
    void settle(Lock& lock, std::span<const tsa_slot> slots, SlotReader& reader, Sample& sample);
    void settle_dead(Lock& lock, const Sample& sample) const;
    void name_holder(const Lock& lock, Sample& sample) const;
    static void name_holder_for(Thread& waiter, const Lock& lock, const Sample& sample);
    static bool waits_for(const Thread& thread, const Lock& lock);
    static bool may_hold(const Thread& candidate, const Lock& lock);
    [[nodiscard]] bool is_proved_dead(const Lock& lock, const Sample& sample) const;

    HolderQuestions ask_;
    std::vector<std::uint32_t> waiters_;  // indices, those of one lock side by side
    std::vector<Lock> locks_;
    std::vector<tsa_lock_query> queries_;
    std::vector<std::uint32_t> asked_;   // index into locks_ for each query
    std::vector<std::uint32_t> sought_;  // locks whose holder is looked up, by tid
    struct Latecomer {
        std::uint32_t lock, index;
    };
    std::vector<Latecomer> latecomers_;  // threads that came to wait for a lock while it was read
    std::uint64_t unread_ = 0;
};

}  // namespace tsa
