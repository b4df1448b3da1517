// SPDX-License-Identifier: MIT
// Problems of one particular lock, thread or process, followed interval by interval: the stretches of time in which
// each was there, and the worst of them. Bounded: kMaxCases per table. Used by the parts of FindingWatch.
#pragma once

#include <array>
#include <cstdint>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "base/saturating.h"
#include "model/report.h"
#include "summary/series.h"

namespace tsa {

/// Cases beyond this number are not followed.
inline constexpr std::size_t kMaxCases = 4096;
/// A stretch that is interrupted for less than this is one stretch.
inline constexpr std::uint64_t kFindingGapNs = 3'000'000'000;
/// Shorter ones are hiccups: every machine has them.
inline constexpr std::uint64_t kLeastStretchNs = 2'000'000'000;

/// A name of the kernel, as long as a thread's.
using CommName = std::array<char, 16>;

/// Consecutive intervals in which a case was there.
template <class Details>
struct CaseStretch {
    std::uint64_t from_unix_ns = 0, to_unix_ns = 0;
    std::uint64_t length_ns = 0;  ///< sum of its intervals, independent of clock changes; 0: there is none
    SpreadSum level;              ///< in threads, or a thread's share of an interval
    Details details;
    bool open = false;  ///< it was there in the last interval
};

/// `Key` has a member `hash()`. A stretch counts if the mean of its level reaches `least_mean`.
template <class Key, class Details>
class CaseTable {
  public:
    using Stretch = CaseStretch<Details>;

    explicit CaseTable(double least_mean = 0) : least_mean_(least_mean) {}

    /// The case is there in this interval, at that level: its details, to be updated. Null: the table is full.
    Details* meet(const Report& report, const Key& key, double level) {
        if (cases_.size() >= kMaxCases && !cases_.contains(key)) {
            return nullptr;
        }
        Case& one = cases_[key];
        Stretch& run = one.run;
        if (run.length_ns != 0 && unseen_ns(report) > kFindingGapNs) {
            close(one);
        }
        if (run.length_ns != 0 && mean_with_gap(one, report, level) < least_mean_) {
            close(one);
        }
        if (run.length_ns == 0) {
            run.from_unix_ns = saturating_sub(report.time_unix_ns, report.interval_ns);
        } else if (one.gap_ns != 0) {
            run.level.add(0.0, one.gap_ns, run.to_unix_ns);
            run.length_ns += one.gap_ns;
        }
        one.gap_ns = 0;
        run.to_unix_ns = report.time_unix_ns;
        run.length_ns += report.interval_ns;
        run.level.add(level, report.interval_ns, report.time_unix_ns);
        run.open = true;
        one.total_ns += report.interval_ns;
        one.met = true;
        return &run.details;
    }

    /// After all cases of the interval.
    void end(const Report& report) {
        for (auto at = cases_.begin(); at != cases_.end();) {
            Case& one = at->second;
            if (!one.met && one.run.length_ns != 0) {
                one.run.open = false;
                one.gap_ns += report.interval_ns + unseen_ns(report);
                if (one.gap_ns > kFindingGapNs) {
                    close(one);
                }
            }
            one.met = false;
            at = one.run.length_ns == 0 && one.worst.length_ns == 0 ? cases_.erase(at) : std::next(at);
        }
        ended_ns_ = report.now_ns;
    }

    /// Calls `take(key, stretch, total_ns)` with the worst stretch of each case.
    template <class Take>
    void each_worst(Take take) const {
        for (const auto& [key, one] : cases_) {
            const bool run = counts(one.run) && one.run.level.integral() >= one.worst.level.integral();
            const Stretch& stretch = run ? one.run : one.worst;
            if (stretch.length_ns != 0) {
                take(key, stretch, one.total_ns);
            }
        }
    }

  private:
    struct Case {
        Stretch run, worst;
        std::uint64_t gap_ns = 0, total_ns = 0;
        bool met = false;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const { return key.hash(); }
    };

    /// Time before the interval that no report covers.
    [[nodiscard]] std::uint64_t unseen_ns(const Report& report) const {
        return ended_ns_ == 0 ? 0 : saturating_sub(saturating_sub(report.now_ns, report.interval_ns), ended_ns_);
    }
    [[nodiscard]] bool counts(const Stretch& stretch) const {
        return stretch.length_ns != 0 && stretch.level.mean() >= least_mean_;
    }
    [[nodiscard]] static double mean_with_gap(const Case& one, const Report& report, double level) {
        const double length = static_cast<double>(one.run.length_ns + one.gap_ns + report.interval_ns);
        return (one.run.level.integral() + level * static_cast<double>(report.interval_ns)) / length;
    }
    /// Short stretches are forgotten, so that a table of what comes and goes stays small.
    void close(Case& one) {
        one.run.open = false;
        const bool worse = one.run.level.integral() > one.worst.level.integral();
        if (counts(one.run) && worse && one.run.length_ns >= kLeastStretchNs) {
            one.worst = std::move(one.run);
        }
        one.run = Stretch{};
        one.gap_ns = 0;
    }

    double least_mean_;
    std::uint64_t ended_ns_ = 0;  ///< CLOCK_MONOTONIC at the end of the last interval; 0: there was none
    std::unordered_map<Key, Case, Hash> cases_;
};

}  // namespace tsa
