// SPDX-License-Identifier: MIT
// What every thread did in the last two minutes, before anyone looked at it: so that a chart is full when it opens, and
// each row has its past. Costs by activity: an interval in which a thread did nothing takes no memory for it, and its
// row is not looked at twice. Times are kept in 255ths of the interval. Bounded: kRecentBytes, the oldest interval goes
// first.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "model/history.h"
#include "model/report.h"

namespace tsa {

inline constexpr std::uint64_t kRecentNs = 120'000'000'000;
inline constexpr std::size_t kRecentBytes = std::size_t{4} << 20U;
/// Columns of a row's past, and the time of each.
inline constexpr std::size_t kPastColumns = 24;
inline constexpr std::uint64_t kPastColumnNs = kRecentNs / kPastColumns;

/// The last two minutes of one row, oldest first: its time by state in each column. All zero: it was not there, or that
/// time is not known.
using Past = std::array<PerState<float>, kPastColumns>;

/// Whose past it is.
struct PastRow {
    std::uint32_t tgid = 0;
    std::optional<ThreadKey> thread;  ///< absent: the process
};

class RecentStates {
  public:
    /// Once per report. O(threads), with few allocations once the machine is steady.
    void add(const Report& report);
    /// Drops everything: the next report does not follow the last one.
    void forget() { frames_.clear(), bytes_ = 0; }

    /// Adds what is known of a thread of the report to its history; without the report's own interval, for a history
    /// that gets that from the report.
    void fill(StateHistory& history, const ThreadRow& row, std::uint64_t before_ns) const;
    /// The same for all threads of a process together, those that have ended since included.
    void fill(StateHistory& history, std::uint32_t tgid, const Report& report, std::uint64_t before_ns) const;
    /// The past of some rows, in their order: of a thread, or, without one, of all threads of a process together.
    /// Only work and delays: a thread that sleeps, or waits for work, has no time in its columns. Columns end at
    /// multiples of kPastColumnNs, but for the last one, which ends now.
    [[nodiscard]] std::vector<Past> past_of(std::span<const PastRow> rows, std::uint64_t now_ns) const;

    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    /// The start of the oldest interval; absent: there is none.
    [[nodiscard]] std::optional<std::uint64_t> oldest_ns() const;

  private:
    /// An interval. Its threads are in `data`, one after the other: Head, then Head::shares Share.
    struct Interval {
        std::uint64_t begin_ns = 0, end_ns = 0;
        std::vector<std::uint8_t> data;
    };
    /// Of a thread that did more than to stay in one state.
    struct Head {
        std::uint32_t tid = 0, tgid = 0;
        std::uint32_t start = 0;  ///< start_mark() of its start time
        std::uint8_t first_state = 0, last_state = 0;
        std::uint8_t begin = 0, end = 255;  ///< the part of the interval that it lived in, in 255ths
        std::uint8_t shares = 0;
    };
    struct Share {
        std::uint8_t of = 0;  ///< a state, or kStateCount and the number of a part
        std::uint8_t share = 0;
    };
    struct Times;
    class Walk;

    static void append(std::vector<std::uint8_t>& data, const ThreadRow& row, const Report& report);
    void drop_oldest();

    std::deque<Interval> frames_;
    std::size_t bytes_ = 0;
};

}  // namespace tsa
