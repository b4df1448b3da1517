// SPDX-License-Identifier: MIT
// Divides the time of one thread in each state among its stacks, interval by interval, so that the parts sum to the
// state's time. The accounts of waits have a wait only when it has ended, and are read a moment later than the state's
// time: the part of the open wait is added here and taken off again when it ends, and what is not in any account yet
// is carried into the next interval. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/length_counts.h"
#include "model/thread.h"

namespace tsa {

/// Waits of one state and fingerprint. As growth: those that have ended since the last reading.
struct LedgerEntry {
    ThreadState state = ThreadState::sleep;
    std::optional<std::uint64_t> fingerprint;  ///< absent: in no account
    std::uint64_t count = 0;
    std::uint64_t total_ns = 0;
    std::uint64_t max_ns = 0;
    LengthCounts lengths{};  ///< of the ended waits
};

class StackLedger {
  public:
    /// Time is counted from here on.
    StackLedger(const Thread& thread, std::uint64_t now_ns);

    /// One interval. `grown`: of all states but EXEC the ended waits, of EXEC the samples, without times. `open`: the
    /// fingerprint of the thread's wait, if it is in one and that is known. `last`: nothing is carried on. Valid until
    /// the next call.
    std::span<const LedgerEntry> add(const Thread& thread, std::uint64_t now_ns, std::span<const LedgerEntry> grown,
                                     std::optional<std::uint64_t> open, bool last);

  private:
    struct Open {
        ThreadState state;
        std::uint64_t fingerprint;
        std::uint64_t since_ns;
        std::uint64_t ns;  ///< of it so far, counted or before the first interval
    };
    /// As LedgerEntry; what was added before its time is less than 0.
    struct Row {
        ThreadState state;
        std::uint64_t fingerprint;
        std::uint64_t count = 0;
        std::int64_t ns = 0;
        std::uint64_t max_ns = 0;
        LengthCounts lengths{};
    };

    Row& row_of(ThreadState state, std::uint64_t fingerprint);
    void move_open(const Thread& thread, std::uint64_t now_ns, std::optional<std::uint64_t> fingerprint);
    void divide_exec(std::int64_t exec_ns, bool last);
    void emit_waits(const PerState<std::int64_t>& grown_ns);
    void emit_elsewhere(const PerState<std::int64_t>& pending_ns, bool last);

    PerState<std::uint64_t> total_ns_{};
    PerState<std::int64_t> carried_ns_{};  // of the state's time, in no entry so far
    std::optional<Open> open_;
    std::vector<Row> rows_;
    std::vector<LedgerEntry> out_;
};

}  // namespace tsa
