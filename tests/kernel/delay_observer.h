// SPDX-License-Identifier: MIT
// The probes and the taskstats client in parallel, as in the product: a sample, then the replies, at both ends of an
// interval. Prints the difference of each comparison, so that a run shows how closely the two agree.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "model/reconcile.h"
#include "observer.h"
#include "support/guards.h"
#include "taskstats/accounting.h"
#include "taskstats/client.h"

namespace tsa::test {

/// The missing feature, if any.
[[nodiscard]] std::optional<std::string> missing_taskstats();

/// Delay accounting that was observed off and then on: every thread started from now on has it.
class FreshAccounting {
  public:
    FreshAccounting();
    [[nodiscard]] const taskstats::AccountingWatch& watch() const { return watch_; }

  private:
    AccountingSwitch switch_;
    taskstats::AccountingWatch watch_;
};

class DelayObserver {
  public:
    /// Throws std::runtime_error when the probe or the client does not start.
    explicit DelayObserver(const taskstats::AccountingWatch& watch);

    /// Starts an interval for these threads, which must all be alive.
    void begin(std::initializer_list<std::uint32_t> tids);
    /// Ends the interval, compares each thread and starts the next interval.
    void end();
    /// The newest comparisons of a thread passed to begin().
    [[nodiscard]] const std::array<Comparison, kPairCount>& of(std::uint32_t tid) const;
    [[nodiscard]] const Comparison& of(std::uint32_t tid, Pair pair) const;
    [[nodiscard]] const ThreadDelays& delays(std::uint32_t tid) const;

    /// The largest difference so far for a pair, over all threads, in percent of the interval's wall time.
    [[nodiscard]] double worst_pct(Pair pair) const { return worst_pct_[static_cast<std::size_t>(pair)]; }

    [[nodiscard]] Observer& observer() { return observer_; }

  private:
    struct Entry {
        std::uint32_t tid = 0;
        ThreadDelays delays;
        std::array<Comparison, kPairCount> comparisons{};
    };
    void fetch();
    void compare(Entry& entry);
    [[nodiscard]] const Entry& entry(std::uint32_t tid) const;

    Observer observer_;
    taskstats::Client client_;
    taskstats::AccountingWatch watch_;
    std::vector<std::uint32_t> tids_;
    std::vector<Entry> entries_;
    std::vector<taskstats::Fetched> replies_;
    std::array<double, kPairCount> worst_pct_{};
    std::uint64_t irq_and_steal_before_ns_ = 0;
    std::uint64_t irq_and_steal_ns_ = 0;
};

/// Pair, both sides, difference and verdict on one line.
[[nodiscard]] std::string describe(const Comparison& comparison);

}  // namespace tsa::test
