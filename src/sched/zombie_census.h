// SPDX-License-Identifier: MIT
// Untracked zombies whose end the probes missed (why: sweep.h). No slot identifies them, so they cannot be looked up in
// /proc: they are found by counting, see tsa_census in bpf/slot.h. Each round counts the existing ones; those still
// counted in an older round some time later have been freed.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "model/sample.h"
#include "tsa.h"

namespace tsa {

/// Time between rounds: long enough that zombies reaped before a round are freed before the next one (an RCU grace
/// period; a later free is corrected in one of the next rounds).
inline constexpr std::uint64_t kCensusEveryNs = 5'000'000'000;

class ZombieCensus {
  public:
    /// Initial value of tsa_census.
    static constexpr std::uint32_t kFirstRound = 1;

    /// Whether a round is due: there are untracked zombies, and the last round was long enough ago.
    [[nodiscard]] bool is_due(std::span<const tsa_untracked> per_cpu, std::uint64_t now_ns) const;

    /// Checks what the previous round still counts, and starts the next round. Returns its number for tsa_census; the
    /// iterator must run next.
    std::uint32_t begin(std::span<const tsa_untracked> per_cpu, std::uint64_t now_ns);

    /// The iterator failed: no further rounds, because the existing zombies were not moved to the new round.
    void stop() { stopped_ = true; }

    /// Removes zombies whose end was missed from the totals of decode_untracked.
    void correct(Untracked& untracked, std::uint64_t now_ns) const;

    /// Number of missed ends.
    [[nodiscard]] std::uint64_t missed() const { return missed_; }

  private:
    std::uint32_t round_ = kFirstRound;     // initial value of tsa_census
    std::array<std::uint64_t, 2> known_{};  // missed frees, by the parity of the round that counts them
    std::uint64_t missed_ = 0;              // their sum
    std::uint64_t found_sum_ns_ = 0;        // sum of the times when each was found, modulo 2^64
    std::uint64_t last_ns_ = 0;
    bool stopped_ = false;
};

}  // namespace tsa
