// SPDX-License-Identifier: MIT
// Finds the slots of threads whose end the probes missed: sched_process_free runs in an arbitrary context chosen by
// RCU, and if that context is hidden from BPF programs, the event is missed. Without the sweep such a zombie would stay
// forever and its slot would leak. For untracked threads: zombie_census.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tsa.h"

namespace tsa {

inline constexpr std::uint64_t kSweepEveryNs = 5'000'000'000;
/// Zombies of at least this age are looked up in /proc.
inline constexpr std::uint64_t kZombieDoubtedNs = 5'000'000'000;
/// After this time the kernel has certainly freed the task: RCU would have reported a stall long before.
inline constexpr std::uint64_t kSurelyFreedNs = 60'000'000'000;
/// Lookups in /proc per sweep; the rest follows in the next one.
inline constexpr std::size_t kMaxLooks = 64;

/// The results of a sweep: indices into the slots.
struct Swept {
    std::vector<std::uint32_t> ended;      ///< zombies that disappeared since the last sweep: their record is due
    std::vector<std::uint32_t> abandoned;  ///< slots that no task can claim any longer and that may be reused
};

/// Whether the thread (tid, start time) still exists.
using TaskExists = bool (*)(std::uint32_t tid, std::uint64_t start_time_ns);

class Sweeper {
  public:
    /// Looks at the used slots that are dead, 1 in `dead`, if the last sweep was long enough ago; otherwise returns an
    /// empty result. The result is valid until the next call.
    const Swept& sweep(std::span<const tsa_slot> used, std::span<const std::uint8_t> dead, std::uint64_t now_ns,
                       TaskExists exists);

  private:
    struct Suspect {
        std::uint32_t index;
        std::uint32_t life;
    };
    void judge_suspects(std::span<const tsa_slot> used);

    Swept swept_;
    /// Not in /proc at the last sweep. It may have just been reaped: sched_process_free follows an RCU grace period
    /// later.
    std::vector<Suspect> suspects_;
    std::uint64_t last_ns_ = 0;
    std::size_t next_ = 0;  // where the lookups in /proc continue
};

}  // namespace tsa
