// SPDX-License-Identifier: MIT
// One process, watched over its reports: times of all its threads together, the last four minutes of them, and the
// locks that its threads were seen to wait for. The screens feed it each report while the process is shown. Bounded: 60
// kB of history, kMaxSeenLocks locks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/history.h"
#include "model/recent_states.h"
#include "model/report.h"

namespace tsa {

inline constexpr std::size_t kMaxSeenLocks = 64;
inline constexpr std::size_t kMaxSeenHolders = 8;
inline constexpr std::size_t kMaxCpuWaiters = 64;

/// A lock, as the ends of intervals showed it: waits that begin and end between two of them are not in here.
struct SeenLock {
    Thread waiter;                 ///< one that waits, or the last one that did: which lock it is
    std::uint32_t waiters = 0;     ///< at the end of the newest interval
    std::uint64_t wait_ns = 0;     ///< of all waiters, in intervals at whose end they still waited
    std::uint64_t longest_ns = 0;  ///< of one wait, so far
    std::uint32_t holder_tid = 0;  ///< at the end of the newest interval; 0: not known
    struct Holder {
        std::uint32_t tid = 0;
        std::uint64_t ns = 0;  ///< intervals at whose end it held the lock while others waited
    };
    std::vector<Holder> holders;  ///< longest first

    [[nodiscard]] bool is_of(const Thread& thread) const;
};

class ProcessWatch {
  public:
    /// Another one than before starts over; absent: none. Costs nothing then.
    void follow(std::optional<std::uint32_t> tgid);
    /// Once per report, also for one of the past, oldest first. The first one adds what is known of the time before it.
    void add(const Report& report, const RecentStates& recent);
    /// Drops what was seen: the next report does not follow the last one.
    void forget();

    [[nodiscard]] const std::optional<std::uint32_t>& tgid() const { return tgid_; }
    /// False: it was in no report yet; then what follows is meaningless.
    [[nodiscard]] bool seen() const { return seen_; }
    [[nodiscard]] bool ended() const { return ended_; }
    /// Of the newest report that had it. `leader` points to leader().
    [[nodiscard]] const ProcessRow& row() const { return row_; }
    [[nodiscard]] const Thread& leader() const { return leader_; }
    [[nodiscard]] std::uint64_t now_ns() const { return now_ns_; }
    [[nodiscard]] const StateHistory& history() const { return history_; }
    /// Those with waiters now first, then by time.
    [[nodiscard]] std::span<const SeenLock> locks() const { return locks_; }
    /// Up to kMaxCpuWaiters living threads, those that wait for a CPU first; one that was among them stays. For what
    /// can be recorded of a few threads only.
    [[nodiscard]] std::span<const ThreadKey> cpu_waiters() const { return cpu_waiters_; }

  private:
    void add_times(const Report& report);
    void add_locks(const Report& report);
    void add_waiter(const ThreadRow& row, const Report& report);
    void choose_cpu_waiters(const Report& report);

    std::optional<std::uint32_t> tgid_;
    bool seen_ = false, ended_ = false;
    ProcessRow row_;
    Thread leader_;
    std::uint64_t now_ns_ = 0;
    StateHistory history_;
    std::vector<SeenLock> locks_;
    std::vector<ThreadKey> cpu_waiters_;
};

}  // namespace tsa
