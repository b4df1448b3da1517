// SPDX-License-Identifier: MIT
// The last four minutes of a few watched threads: state by state, in slots of fixed length, so that a chart's time axis
// is linear whatever the interval was. The screens feed it each Report and read it for the drill-down. Bounded both
// ways: at most kMaxWatched threads, kHistorySlots slots each (50 kB a thread, 3.2 MB in all; a process of ten threads
// takes 0.5 MB); the least recently requested thread is evicted. Sibling threads have as much history as the thread on
// the screen, so a point in time can be followed from one to the next.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <list>

#include "model/report.h"

namespace tsa {

inline constexpr std::size_t kHistorySlots = 960;
inline constexpr std::uint64_t kHistorySlotNs = 250'000'000;
inline constexpr std::size_t kMaxWatched = 64;

/// Times per state of the last four minutes.
struct StateHistory {
    struct Slot {
        std::uint32_t number = 0;  ///< start / kHistorySlotNs, good for 34 years of uptime; 0: never used
        PerState<float> ns{};
        PerPart<float> part_ns{};
    };
    std::array<Slot, kHistorySlots> slots{};

    /// Spreads the times of an interval over the slots that it touches, in proportion to the time it has in each.
    void add(const PerState<std::uint64_t>& state_ns, const PerPart<std::uint64_t>& part_ns, std::uint64_t begin_ns,
             std::uint64_t end_ns);
    /// Time per state in the slots that start within [from_ns, to_ns). All zero: no data.
    [[nodiscard]] PerState<double> between(std::uint64_t from_ns, std::uint64_t to_ns) const;
    /// Time in a part of a state in them.
    [[nodiscard]] double part_between(Part part, std::uint64_t from_ns, std::uint64_t to_ns) const;
};

/// The history of one watched thread. Copies: valid after the Report is gone and after the thread has ended.
struct WatchedThread : StateHistory {
    ThreadKey key;
    bool seen = false;           ///< it was in a report
    bool ended = false;          ///< `last` is its final record
    bool missing = false;        ///< it is no longer in reports, and its end was not seen
    Thread last;                 ///< totals at until_ns
    std::uint64_t until_ns = 0;  ///< CLOCK_MONOTONIC of the newest report, or of its exit
    std::uint64_t now_ns = 0;    ///< CLOCK_MONOTONIC of the newest report with it
    std::uint64_t wall_ns = 0;   ///< of the newest interval
    std::uint64_t exit_time_unix_ns = 0;
    PerState<std::uint64_t> state_ns{};  ///< of the newest interval
    PerState<std::uint64_t> entries{};   ///< of the newest interval
    PerPart<std::uint64_t> part_ns{};    ///< of the newest interval
};

class History {
  public:
    /// Watches a thread from now on; one that is already watched becomes the newest request.
    void watch(const ThreadKey& key);
    /// Adds an interval for each watched thread. O(threads), without an allocation.
    void add(const Report& report);
    /// The same for a thread that was just watched, from the report that is on the screen.
    void add(const Report& report, const ThreadKey& only);
    /// Null if it is not watched.
    [[nodiscard]] const WatchedThread* find(const ThreadKey& key) const;
    /// To add what is known of the time before it was watched; null if it is not.
    [[nodiscard]] StateHistory* past_of(const ThreadKey& key);
    [[nodiscard]] std::size_t size() const { return watched_.size(); }

  private:
    void take(WatchedThread& watched, const ThreadRow& row, const Report& report);
    void take_rows(const Report& report, const ThreadKey* only);

    static constexpr std::size_t kFilterBits = 1024;
    std::list<WatchedThread> watched_;  // newest request first
    std::bitset<kFilterBits> filter_;   // of TIDs: most rows need no lookup
};

}  // namespace tsa
