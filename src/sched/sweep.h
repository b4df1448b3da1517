// Finds the slots of threads whose end no probe saw: sched_process_free runs in whatever context RCU finds, and a
// kernel that hides a process from BPF programs loses it there. Without this such a zombie would stay for ever, and its
// slot be lost. Threads without a slot: zombie_census.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tsa.h"

namespace tsa {

inline constexpr std::uint64_t kSweepEveryNs = 5'000'000'000;
/// A zombie this old is looked for in /proc.
inline constexpr std::uint64_t kZombieDoubtedNs = 5'000'000'000;
/// After this the kernel has surely freed the task: RCU would have complained about a stall long before.
inline constexpr std::uint64_t kSurelyFreedNs = 60'000'000'000;
/// Looks into /proc per sweep; the rest has its turn in the next one.
inline constexpr std::size_t kMaxLooks = 64;

/// What a sweep found; indices into the slots.
struct Swept {
    std::vector<std::uint32_t> ended;      ///< zombies that no longer exist since the last sweep: their record is due
    std::vector<std::uint32_t> abandoned;  ///< slots that no task can claim any more: may be given to others
};

/// Whether the thread (tid, start time) still exists.
using TaskExists = bool (*)(std::uint32_t tid, std::uint64_t start_time_ns);

class Sweeper {
  public:
    /// Looks through the used slots if the last time was long enough ago; else returns nothing to do.
    /// The result is valid until the next call.
    const Swept& sweep(std::span<const tsa_slot> used, std::uint64_t now_ns, TaskExists exists);

  private:
    struct Suspect {
        std::uint32_t index;
        std::uint32_t life;
    };
    void judge_suspects(std::span<const tsa_slot> used);

    Swept swept_;
    /// Not in /proc at the last sweep. Reaped just then, perhaps: sched_process_free comes an RCU grace period later.
    std::vector<Suspect> suspects_;
    std::uint64_t last_ns_ = 0;
    std::size_t next_ = 0;  // where the look into /proc goes on
};

}  // namespace tsa
