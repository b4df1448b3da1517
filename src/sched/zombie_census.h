// Zombies without a slot whose end no probe saw (why: sweep.h). No slot tells who they were, and /proc cannot be asked:
// they are found by counting, see tsa_census in bpf/slot.h. Each round counts those that exist; what a round before it
// still holds some time later has been freed.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "model/sample.h"
#include "tsa.h"

namespace tsa {

/// From one round to the next: long enough that what was reaped before a round is freed before the next (an RCU grace
/// period; one that comes later still is counted back in one of the next rounds).
inline constexpr std::uint64_t kCensusEveryNs = 5'000'000'000;

class ZombieCensus {
  public:
    /// For tsa_census at the start.
    static constexpr std::uint32_t kFirstRound = 1;

    /// True when a round is due: there are zombies without a slot, and the last round was long enough ago.
    [[nodiscard]] bool is_due(std::span<const tsa_unslotted> per_cpu, std::uint64_t now_ns) const;

    /// Looks at what the round before the current one still holds, and begins the next.
    /// Returns its number for tsa_census; after that the iterator must run.
    std::uint32_t begin(std::span<const tsa_unslotted> per_cpu, std::uint64_t now_ns);

    /// The iterator failed: no further round, since the zombies that exist were not brought over.
    void stop() { stopped_ = true; }

    /// Takes those whose end was not seen out of what decode_unlisted made of the account.
    void correct(Unlisted& unlisted, std::uint64_t now_ns) const;

    /// Ends that no probe saw.
    [[nodiscard]] std::uint64_t missed() const { return missed_; }

  private:
    std::uint32_t round_ = kFirstRound;     // as tsa_census begins
    std::array<std::uint64_t, 2> known_{};  // freed unseen, by the parity of the round that holds them
    std::uint64_t missed_ = 0;              // their sum
    std::uint64_t found_sum_ns_ = 0;        // of when each was found, modulo 2^64
    std::uint64_t last_ns_ = 0;
    bool stopped_ = false;
};

}  // namespace tsa
