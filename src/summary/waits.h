// SPDX-License-Identifier: MIT
// The longest single waits of a summary: those that were open at an interval's end. Bounded: kMaxWorstWaits per state.
// Used by SummaryBuilder only.
#pragma once

#include <cstdint>
#include <vector>

#include "model/report.h"
#include "summary/summary.h"

namespace tsa {

class WorstWaits {
  public:
    WorstWaits();
    /// Each interval: begin, every row in any order (with its process's main thread), end. The result does not depend
    /// on the order of the rows.
    void begin();
    void look(const Report& report, const ThreadRow& row, const Thread& leader) {
        const ThreadState state = row.now->state;
        const bool waits = is_delay(state);
        // A quiet thread that does not wait has not ended a wait either.
        if (waits || (!row.quiet && (open_tids_ >> (row.now->tid % 64U) & 1U) != 0)) {
            look_closely(report, row, leader);
        }
    }
    void end(const Report& report);
    /// By state, longest first.
    [[nodiscard]] std::vector<WorstWait> waits() const;

  private:
    struct Entry {
        WorstWait wait;
        std::uint64_t since_ns = 0;  ///< CLOCK_MONOTONIC: identifies the wait
        std::uint64_t seen_ns = 0;   ///< likewise: end of the last interval that it was open at
        bool open = false, seen = false, owner_unknown = false;
        bool row_found = false;     ///< of the thread, in this interval
        std::uint64_t rest_ns = 0;  ///< its time in that state in this interval
    };

    void look_closely(const Report& report, const ThreadRow& row, const Thread& leader);
    void note_rest(const ThreadRow& row);
    void take(const Report& report, const ThreadRow& row, const Thread& leader, std::uint64_t age_ns);
    void name_owners(const Report& report);

    PerState<std::vector<Entry>> entries_;
    std::uint64_t open_tids_ = 0;  ///< a bit per TID modulo 64
};

}  // namespace tsa
