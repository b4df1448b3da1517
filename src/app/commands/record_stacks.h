// SPDX-License-Identifier: MIT
// `record --stacks`: for which threads the time is recorded by stack, and the recording of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "app/host/collector.h"
#include "base/flat_map.h"
#include "model/thread_filter.h"
#include "stacks/stack_waits_feed.h"

namespace tsa {

/// Chooses, of the threads that are recorded, those with the most delay lately. One that was chosen keeps its place
/// until another has twice its delay, so that the choice does not change back and forth. Pure.
class StackThreadChoice {
  public:
    explicit StackThreadChoice(std::size_t most) : most_(most) {}

    /// After each interval, in the order of their delay. `filter`: what is recorded; if that is all threads, only
    /// delayed ones are chosen.
    const std::vector<ThreadKey>& choose(const Report& report, const ThreadFilter& filter);

  private:
    struct KeyHash {
        std::size_t operator()(const ThreadKey& key) const { return flat_hash(flat_hash(key.start_time_ns) ^ key.tid); }
    };
    struct Candidate {
        ThreadKey key;
        double delay_ns = 0;   // with what it had before, which counts less and less
        double active_ns = 0;  // time in the interval in which it was neither asleep nor idle
        double rank_ns = 0;
    };
    [[nodiscard]] bool was_chosen(const ThreadKey& key) const;

    std::size_t most_;
    std::unordered_map<ThreadKey, double, KeyHash> delays_;
    std::vector<Candidate> candidates_;
    std::vector<ThreadKey> chosen_;
};

class RecordedStackTimes {
  public:
    explicit RecordedStackTimes(std::size_t threads) : threads_(threads), choice_(threads) {}

    /// Before capabilities are dropped. Error: this machine or this user has no stacks.
    Result<void> start(Collector& collector, bool debuginfod);
    /// Why symbols are not fetched although that was wanted, with a hint; empty: they are.
    [[nodiscard]] const std::string& no_debuginfod() const { return feed_.no_debuginfod(); }
    /// Before the first interval, with a report without one.
    void begin(Collector& collector, const ThreadFilter& filter);
    /// Nothing is counted until resume(), which chooses from the newest report, and waits for `patience_ns` at most.
    void pause() { feed_.pause(); }
    Result<void> resume(Collector& collector, const ThreadFilter& filter, std::uint64_t patience_ns);
    /// The interval of the newest report, and the choice for the next one. Valid until the next call.
    std::span<const StackWaits> update(Collector& collector, const ThreadFilter& filter, bool last);
    /// Of CPU time there are no stacks, and why; empty: there are.
    [[nodiscard]] const std::string& exec_unavailable() const { return feed_.exec_unavailable(); }

  private:
    std::size_t threads_;
    StackThreadChoice choice_;
    StackWaitsFeed feed_;
};

}  // namespace tsa
