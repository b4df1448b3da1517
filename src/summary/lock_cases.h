// SPDX-License-Identifier: MIT
// Locks with a queue, locks whose holder has exited, and circles of holders, followed interval by interval. A finding
// is about one lock, which is its address in its process: waiters of different locks are never added up. Used by
// FindingWatch only.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/flat_map.h"
#include "model/report.h"
#include "summary/cases.h"

namespace tsa {

/// A lock as all of its waiters see it.
struct LockId {
    std::uint32_t tgid = 0;  ///< 0: of the kernel, or in memory that processes share
    std::uint64_t address = 0;

    bool operator==(const LockId&) const = default;
    [[nodiscard]] std::pair<std::uint32_t, std::uint64_t> order() const { return {tgid, address}; }
    [[nodiscard]] std::uint64_t hash() const { return flat_hash(flat_hash(address) ^ tgid); }
};

/// A thread as a finding names it.
struct NamedThread {
    std::uint32_t tid = 0;  ///< 0: not known
    CommName comm{};
};

/// A thread that waits for a lock at the interval's end.
struct LockWaiter {
    const ThreadRow* row = nullptr;
    LockId lock;
    std::uint32_t process_group = 0;
    std::uint32_t owner_tid = 0;  ///< alive; 0: not known
    bool owner_exited = false;
    bool is_explained = false;  ///< a deadlock, an abandoned lock, a convoy or a pool: not just a stuck thread

    [[nodiscard]] std::uint32_t tid() const { return row->now->tid; }
};

/// What is known of a lock when it has most waiters.
struct LockDetails {
    static constexpr std::size_t kNamed = 3, kHolders = 8;
    struct Holder {
        NamedThread thread;
        std::uint64_t intervals = 0;
        std::string state, wait_on;  ///< the last time: "idle", "clock_nanosleep"
    };

    std::uint32_t process_group = 0;
    std::uint32_t waiters = 0;
    std::array<NamedThread, kNamed> named{};  ///< of them
    std::string wait_on;                      ///< of a kernel lock: the function
    bool kernel = false, doubtful = false;
    std::uint64_t age_ns = 0;  ///< of the oldest wait, when last seen
    bool age_is_bound = false;
    std::array<Holder, kHolders> holders{};  ///< in the order in which they were seen; tid 0: no more
    std::uint64_t other_holders = 0;         ///< intervals with any other one
    std::uint64_t held = 0;                  ///< intervals in which the holder was known
    std::uint32_t exited_tid = 0;            ///< the holder that has exited; 0: not known
};

/// A holder, or a circle's thread with the lowest TID.
struct HolderId {
    std::uint32_t tid = 0;
    std::uint64_t start_time_ns = 0;

    bool operator==(const HolderId&) const = default;
    [[nodiscard]] std::uint64_t hash() const { return flat_hash(start_time_ns ^ tid); }
};

/// What is known of a holder when most threads wait behind it.
struct HolderDetails {
    NamedThread holder;
    std::uint32_t process_group = 0;  ///< of the waiters
    std::uint32_t waiters = 0, locks = 0;
    bool doubtful = false;
    std::string state, wait_on;  ///< of the holder, the last time
};

struct CircleDetails {
    static constexpr std::size_t kNamed = 4;
    struct Member {
        NamedThread thread;
        LockId lock;  ///< that it waits for: the next member holds it
    };

    std::uint32_t process_group = 0;
    std::uint32_t members = 0;
    std::array<Member, kNamed> named{};
    std::uint32_t behind = 0;  ///< threads that wait for a member, directly or not
    bool doubtful = false;
    std::uint64_t age_ns = 0;  ///< since the circle was closed, when last seen
    bool age_is_bound = false;
};

class LockCases {
  public:
    using Locks = CaseTable<LockId, LockDetails>;
    using Holders = CaseTable<HolderId, HolderDetails>;
    using Circles = CaseTable<HolderId, CircleDetails>;

    /// Each interval: begin, every row, end.
    void begin() { waiters_.clear(); }
    void look(const ThreadRow& row, std::uint32_t process_group);
    void end(const Report& report);

    /// The waiter with that TID, after end(); null: it waits for no lock.
    [[nodiscard]] const LockWaiter* find(std::uint32_t tid) const;
    /// Null: not known.
    [[nodiscard]] const Thread* holder_of(const LockWaiter& waiter) const;
    /// The end of the chain of holders from a waiter on; null: not known, or a circle.
    [[nodiscard]] const Thread* root_of(const LockWaiter& waiter) const;

    [[nodiscard]] const Locks& convoys() const { return convoys_; }
    [[nodiscard]] const Locks& abandoned() const { return abandoned_; }
    [[nodiscard]] const Holders& holders() const { return holders_; }
    [[nodiscard]] const Circles& circles() const { return circles_; }

  private:
    void find_shared_locks();
    void index_owners(const Report& report);
    [[nodiscard]] const ThreadRow* owner_row(std::uint32_t tid) const;
    void find_circles(const Report& report);
    void take_circle(const Report& report, std::span<const std::uint32_t> circle);
    [[nodiscard]] std::uint32_t next_in_chain(std::uint32_t at) const;
    void judge_lock(const Report& report, std::span<const std::uint32_t> waiters);
    [[nodiscard]] static bool are_delayed(const Report& report, std::uint64_t waited_ns);
    void judge_holders(const Report& report);
    void judge_holder(const Report& report, const Thread& holder, std::span<const std::uint32_t> waiters);
    [[nodiscard]] const LockWaiter& informed(std::span<const std::uint32_t> waiters) const;
    [[nodiscard]] bool is_pool(std::span<const std::uint32_t> waiters) const;
    void update(LockDetails& details, const Report& report, std::span<const std::uint32_t> waiters) const;
    void note_holder(LockDetails& details, const LockWaiter& waiter) const;

    std::vector<LockWaiter> waiters_;  ///< by TID, after end()
    std::vector<std::uint32_t> by_lock_, circle_of_;
    std::vector<std::uint32_t> owners_;  ///< TIDs of holders, sorted
    std::vector<const ThreadRow*> owner_rows_;
    struct Behind {
        const Thread* root;
        std::uint32_t waiter;
    };
    std::vector<Behind> behind_;
    Locks convoys_, abandoned_;
    Holders holders_;
    Circles circles_;
};

}  // namespace tsa
