// SPDX-License-Identifier: MIT
// What `record` adds to an interval beside its report: time by stack, wakers, neighbors. With --armed stacks and wakers
// are on only from the moment at which a rule fired until its capture is complete: before and after that their programs
// are not attached.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "app/commands/record_neighbors.h"
#include "app/commands/record_stacks.h"
#include "app/host/collector.h"
#include "app/host/waker_feed.h"
#include "base/result.h"
#include "cli/options.h"
#include "record/writer.h"

namespace tsa {

class RecordExtras {
  public:
    /// Both must outlive it.
    RecordExtras(const RecordOptions& options, Collector& collector);

    /// Before capabilities are dropped, and before other threads are started, since it forks. Errors: this machine or
    /// this user does not have what was asked for, also if it is to be on later.
    Result<void> start(const ThreadFilter& filter);

    /// Just before a sample is taken.
    void before_sample();
    /// Of the newest report. `last`: no interval follows. Valid until the next call.
    IntervalExtras read(const Report& report, const ThreadFilter& filter, bool last);

    /// With --armed: a capture begins with the newest report, and goes on. Takes some 100 ms, and waits a little for
    /// the files of the chosen threads' programs. Returns since when there is detail, in wall-clock time; absent: there
    /// is none, or it was on before.
    std::optional<std::uint64_t> rule_fired(const Report& report, const ThreadFilter& filter);
    /// After an interval was written. `capturing`: a capture is being written.
    void written(bool capturing);

  private:
    Result<void> start_stacks(const ThreadFilter& filter);
    Result<void> start_wakers();
    Result<void> start_neighbors();

    const RecordOptions& options_;
    Collector& collector_;
    std::uint64_t after_ns_;
    std::optional<std::uint64_t> fired_ns_;  ///< armed, and on since then: CLOCK_MONOTONIC
    std::optional<RecordedStackTimes> stacks_;
    bool counts_stacks_ = false;
    WakerFeed wakers_;
    std::unique_ptr<RecordedNeighbors> neighbors_;
};

}  // namespace tsa
