// SPDX-License-Identifier: MIT
// Collects a ThreadDetail for the one thread that the drill-down shows: its own probe, both sources over the last
// seconds, and what is in /proc. Nothing here costs anything unless a thread is shown.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "app/host/delays.h"
#include "app/host/thread_files.h"
#include "base/result.h"
#include "model/report.h"
#include "model/thread_detail.h"
#include "sched/probe.h"
#include "sched/target.h"
#include "stacks/stack_times_feed.h"

namespace tsa {

/// Access to the system; replaced in tests.
struct DetailAccess {
    /// As TargetProbe::read; destroying it detaches the probe.
    using ReadWaits = std::function<void(WaitTable&)>;
    struct Watch {
        ReadWaits read;
        std::shared_ptr<TargetProbe> target{};  ///< for its waits by stack; null: none
    };
    /// As TargetProbe::start; empty: no probes.
    std::function<Result<Watch>(const ThreadKey&)> watch_waits;
    ThreadFilesReader::Read read_files;
    /// How long a refresh waits for them.
    std::chrono::nanoseconds patience = std::chrono::milliseconds(3);
};

/// The kernel's. `probe` null: no probes, so no table of waits; else it must outlive this.
[[nodiscard]] DetailAccess kernel_detail(Probe* probe);

class DetailCollector {
  public:
    /// Both must outlive it: see kernel_detail.
    DetailCollector(Probe* probe, DelayFeed& delays) : DetailCollector(kernel_detail(probe), delays) {}
    DetailCollector(DetailAccess access, DelayFeed& delays)
        : access_(std::move(access)), files_(access_.read_files, access_.patience), delays_(delays) {}

    /// A different thread starts over; absent releases everything. Null without a thread. Valid until the next call.
    const ThreadDetail* look_at(const std::optional<ThreadKey>& thread, const Report& report);
    /// The same right after the report's sample was taken: only then are both sources read at one instant, and
    /// compared. A thread that has ended keeps its last data.
    const ThreadDetail* update(const std::optional<ThreadKey>& thread, const Report& report);
    /// Of the thread that is looked at: its waits by stack, too, from the first call on until it is another thread.
    /// False: it is asked for already.
    bool watch_stacks() { return detail_ && !std::exchange(wants_stacks_, true); }
    /// Once per refresh, before StackFeed::update(). `sample`: the newest one.
    void update_stacks(StackFeed& stacks, const Sample& sample);

  private:
    /// Both sources at one instant.
    struct Reading {
        Thread thread;
        std::uint64_t now_ns = 0;
        std::optional<TaskStats> stats;
        std::uint64_t stats_at_ns = 0;
        std::optional<CpuTimes> cpu;
    };

    void begin(const ThreadKey& thread);
    void release();
    void read_both(const ThreadRow& row, const Report& report);
    void compare();
    void read_files(const Thread& thread, std::uint64_t now_ns);

    DetailAccess access_;
    ThreadFilesReader files_;
    DelayFeed& delays_;
    DetailAccess::Watch watch_;  // read empty: not watched
    bool wants_stacks_ = false;
    std::optional<StackTimesFeed> stack_times_;
    std::optional<ThreadDetail> detail_;
    std::deque<Reading> readings_;  // of the last kWindowNs, newest last
    std::uint64_t files_due_ns_ = 0;
    std::uint32_t cpus_ = 1;
};

}  // namespace tsa
