// SPDX-License-Identifier: MIT
// Totals by group of threads that never decrease: what every thread of a group did since the start, the ended ones
// included. Pure: fed with the reports of successive intervals, read by the exposition.
//
// A limited number of groups have series; the rest is one group, `other`. Each piece of time goes to exactly one
// group's totals at the moment it is added, so all series together are always the whole machine, and a group that gains
// or loses its series never takes anything back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/limits.h"
#include "model/groups.h"
#include "model/report.h"

namespace tsa {

/// What the rest is called, in each of its labels.
inline constexpr std::string_view kOtherGroups = "other";

/// Why a thread that could run did not. The three add up to cpu_wait.
enum class WaitCause : std::uint8_t { woken, preempted, throttled };
inline constexpr std::size_t kWaitCauses = 3;
inline constexpr std::array<std::string_view, kWaitCauses> kWaitCauseNames{"woken", "preempted", "throttled"};

/// They only grow.
struct MetricTotals {
    PerState<std::uint64_t> state_ns{};
    std::array<std::uint64_t, kWaitCauses> cpu_wait_ns{};
    std::uint64_t read_bytes = 0, write_bytes = 0;

    void add(const MetricTotals& other);
};

/// At the end of the last interval.
struct MetricGauges {
    PerState<std::uint64_t> threads{};
    PerState<std::uint64_t> longest_ns{};  ///< of the open waits of its threads in that state

    void add(const MetricGauges& other);
    [[nodiscard]] std::uint64_t all_threads() const;
};

struct MetricGroup {
    std::vector<std::string> names;  ///< raw; by the keys, in their order. Empty: its threads belong to none
    MetricTotals totals;
    MetricGauges now;
    bool has_series = false;
};

class MetricGroups {
  public:
    /// How old the delay is that half counts when groups are ranked.
    static constexpr std::uint64_t kHalfLifeNs = 300'000'000'000;
    /// Time between two decisions which groups have series.
    static constexpr std::uint64_t kReviewNs = 60'000'000'000;
    /// A group keeps its series at least this long,
    static constexpr std::uint64_t kLeastShownNs = 300'000'000'000;
    /// and this long after its last thread ended.
    static constexpr std::uint64_t kKeptNs = 600'000'000'000;
    /// Another group must have had this many times its delay to take its place.
    static constexpr double kLead = 2;
    /// Groups whose totals are kept, by those that have series.
    static constexpr std::size_t kKnownPerShown = 8;

    /// `keys`: not process. `most`: groups with series, beside `other`.
    MetricGroups(std::vector<GroupKey> keys, std::size_t most);

    /// Adds an interval. `report` lists all threads.
    void add(const Report& report, const UserName& user_name);

    [[nodiscard]] std::span<const GroupKey> keys() const { return keys_; }
    /// Those with series. Valid until the next add().
    [[nodiscard]] std::span<const MetricGroup* const> shown() const { return shown_; }
    /// Everything that has no series. It has threads, or had some, if has_series.
    [[nodiscard]] const MetricGroup& other() const { return other_; }
    [[nodiscard]] std::size_t most() const { return most_; }
    /// Groups that have threads now, those in `other` included.
    [[nodiscard]] std::size_t live() const { return live_; }

  private:
    struct Known : MetricGroup {
        MetricTotals grown;          // in this interval
        double delay_ns = 0;         // decaying
        std::uint64_t used_ns = 0;   // when it had threads last
        std::uint64_t shown_ns = 0;  // since when it has series
        bool in_use = false;
        bool touched = false;
        const std::string* key = nullptr;
    };
    struct Hash {
        using is_transparent = void;  // NOLINT(readability-identifier-naming): of the standard library
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    Known* find(const Report& report, const ThreadRow& row, const UserName& user_name);
    Known* make_room(std::uint64_t now_ns);
    void add_rows(const Report& report, const UserName& user_name);
    void add_untracked(const Report& report);
    void rank(std::uint64_t passed_ns, std::uint64_t now_ns);
    void review(std::uint64_t now_ns);
    void show(Known& group, std::uint64_t now_ns);
    void commit();

    std::vector<GroupKey> keys_;
    std::size_t most_;
    std::deque<Known> groups_;  // addresses stay
    std::unordered_map<std::string, Known*, Hash, std::equal_to<>> by_key_;
    std::vector<Known*> free_;
    std::vector<Known*> ranked_;  // scratch: without series, by delay
    std::vector<const MetricGroup*> shown_;
    std::size_t shown_count_ = 0;
    MetricGroup other_;
    MetricTotals other_grown_;
    MetricTotals rows_;  // of the interval: what all rows have
    std::size_t live_ = 0;
    std::uint64_t reviewed_ns_ = 0;
    bool full_ = false;  // in this interval no further group has room
    std::string key_, scratch_;
};

/// What a thread of the kernel is called as a group: "kworker" for "kworker/3:1-events".
[[nodiscard]] std::string_view kernel_command(std::string_view comm);

}  // namespace tsa
