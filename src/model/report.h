// SPDX-License-Identifier: MIT
// A Report: what happened between two Samples. Rows per thread, sums per process, the machine's sums. Made by
// ReportBuilder (pure: same samples in, same report out); read by every output and screen.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/flat_map.h"
#include "model/chosen.h"
#include "model/health.h"
#include "model/state.h"
#include "model/system_row.h"
#include "model/thread.h"

namespace tsa {

class DelayTable;
class GpuTable;
class NeighborTable;
class ProcessTable;
class Sleepers;
class StackTable;
class WaitLabels;
class WakerTable;
struct ExitedThread;
struct Sample;
struct ThreadFilter;

/// One thread over the interval. `state_ns` sums to `wall_ns` exactly.
struct ThreadRow {
    const Thread* now = nullptr;     ///< its totals at the end of the interval (or at its exit)
    const Thread* before = nullptr;  ///< at the start; null if it started, or was first seen, inside
    std::uint64_t wall_ns = 0;       ///< the part of its life inside the interval
    PerPart<std::uint64_t> part_ns{};
    std::uint64_t exit_time_unix_ns = 0;  ///< 0: alive
    std::uint32_t process = 0;            ///< index into Report::processes
    /// Nothing happened to it: it was blocked, stopped or dead in one state throughout the whole interval. So the state
    /// at the end of the previous interval describes all of this one.
    bool quiet = false;
    PerState<std::uint64_t> state_ns{};

    /// The growth of the state's entries; voluntary switches etc. likewise.
    [[nodiscard]] std::uint64_t entries(ThreadState state) const;
    [[nodiscard]] std::uint64_t voluntary_switches() const;
    [[nodiscard]] std::uint64_t involuntary_switches() const;
    [[nodiscard]] std::optional<std::uint64_t> read_bytes() const;
    [[nodiscard]] std::optional<std::uint64_t> write_bytes() const;
    /// Only of a report with `network`.
    [[nodiscard]] std::optional<std::uint64_t> net_rx_bytes() const;
    [[nodiscard]] std::optional<std::uint64_t> net_tx_bytes() const;
};

/// Whether the thread ended in the interval: with a final record, or so shortly before the end of the interval that it
/// counts as reaped.
[[nodiscard]] bool has_ended(const ThreadRow& row, std::uint64_t now_ns);

/// Whether the holder of the lock that the thread waits for was the same at the beginning of the interval, in this very
/// wait. False without a holder.
[[nodiscard]] bool holder_is_steady(const ThreadRow& row);

/// All threads of one process over the interval, including those that ended in it.
struct ProcessRow {
    std::uint32_t tgid = 0;
    std::uint32_t threads = 0;         ///< alive at the end
    std::uint32_t exited_threads = 0;  ///< ended inside the interval
    const Thread* leader = nullptr;    ///< the main thread, else any thread of it; never null
    std::uint64_t wall_ns = 0;
    PerState<std::uint64_t> state_ns{};
    PerPart<std::uint64_t> part_ns{};
    std::uint64_t voluntary_switches = 0;
    std::uint64_t involuntary_switches = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t write_bytes = 0;
    std::uint64_t net_rx_bytes = 0;
    std::uint64_t net_tx_bytes = 0;
    std::uint64_t rss_bytes = 0;  ///< newest value of any of its threads
    std::uint64_t rss_at_ns = 0;
    const Thread* newest = nullptr;    ///< the thread that these are of; null for groups
    Measured measured = kMeasuredAll;  ///< what was measured for all of its threads
};

/// The interval, or that there was none yet.
struct Report {
    std::uint64_t time_unix_ns = 0;  ///< end of the interval
    std::uint64_t now_ns = 0;        ///< the same, CLOCK_MONOTONIC
    std::uint64_t interval_ns = 0;
    Source source = Source::bpf;
    std::vector<ThreadRow> threads;  ///< alive at the end, in index order: see ReportOptions::sleepers
    std::vector<ThreadRow> exited;   ///< ended inside the interval
    std::vector<ProcessRow> processes;
    std::size_t active_rows = 0;         ///< rows of threads and exited that did more than sleep: see was_active
    Measured measured = kMeasuredAll;    ///< what was measured for all threads of the machine
    PerState<std::uint64_t> total_ns{};  ///< all threads, exited and untracked ones included
    std::uint64_t total_wall_ns = 0;
    PerState<std::uint64_t> listed_ns{};  ///< of these, the time of the threads that were chosen
    std::uint64_t listed_threads = 0;     ///< how many were chosen and are alive at the end, with or without a row
    bool network = false;                 ///< bytes through sockets were counted throughout the interval
    std::uint64_t unlisted_exits = 0;     ///< threads that ended without a row
    SystemRow system;
    Health health;
    OwnCost own_before, own_now;
    const DelayTable* delays = nullptr;  ///< taskstats of some threads; null: not requested. Not made by ReportBuilder
    const WaitLabels* labels = nullptr;  ///< of open waits; null: none were looked for. Not made by ReportBuilder
    const StackTable* stacks = nullptr;  ///< of open waits; null: none were looked at. Not made by ReportBuilder
    const NeighborTable* neighbors = nullptr;  ///< null: they are not recorded. Not made by ReportBuilder
    const WakerTable* wakers = nullptr;        ///< null: they are not recorded. Not made by ReportBuilder
    const GpuTable* gpus = nullptr;  ///< what processes use of GPUs; null: not looked at. Not made by ReportBuilder
    /// Command lines and cgroups of processes; null: none were looked for. Not made by ReportBuilder
    const ProcessTable* facts = nullptr;

    /// Threads on average in a state: its time over all threads / interval.
    [[nodiscard]] double threads_in(ThreadState state) const;
};

/// Which threads a report lists. Totals and system are always machine-wide.
struct ReportOptions {
    /// Whether there are rows of threads that slept, waited for work or were stopped throughout the interval. Without
    /// them a report costs by what happened, not by the number of threads; rows have no order, and what such threads
    /// slept is missing in the times of processes, but in nothing else. Has no effect on threads that are chosen by
    /// more than kernel_threads, nor on samples that do not follow each other or are not the probes'.
    bool sleepers = true;
    bool kernel_threads = true;
    std::optional<ChosenProcess> process;     ///< only this process
    std::span<const ChosenThread> threads{};  ///< only these threads; empty: all. Must outlive the call
    bool followed_only = false;               ///< only the followed command and its descendants
    const ThreadFilter* filter = nullptr;     ///< further conditions; null: none. Must outlive the call
};

/// Turns pairs of samples into reports, reusing its buffers: no allocation once the number of threads is steady.
class ReportBuilder {
  public:
    ReportBuilder();
    ReportBuilder(ReportBuilder&&) noexcept;
    ReportBuilder& operator=(ReportBuilder&&) noexcept;
    ~ReportBuilder();

    /// `out` references both samples: it is valid until either changes. `previous` must be the older one, from the same
    /// source.
    void build(const Sample& previous, const Sample& current, const ReportOptions& options, Report& out);

  private:
    std::uint32_t process_index(std::uint32_t tgid, Report& out) {
        // Threads of a process are mostly adjacent.
        return tgid == last_tgid_ ? last_process_ : find_process(tgid, out);
    }
    std::uint32_t find_process(std::uint32_t tgid, Report& out);
    void add_row(const Sample& previous, const Sample& current, std::size_t index, const ReportOptions& options,
                 Report& out);
    ThreadRow& next_row(Report& out) {
        if (rows_used_ == out.threads.size()) {
            out.threads.emplace_back();
        }
        return out.threads[rows_used_++];
    }
    void add_quiet_row(const Sample& previous, const Sample& current, std::size_t at, const ReportOptions& options,
                       Report& out);
    ThreadRow& quiet_row(const Sample& previous, const Sample& current, std::size_t at, Report& out);
    void add_all(const Sample& previous, const Sample& current, const ReportOptions& options, Report& out);
    void add_awake(const Sample& previous, const Sample& current, const ReportOptions& options, Report& out);
    void add_sleeping_holders(const Sample& previous, const Sample& current, Report& out);
    void add_exited(const Sample& previous, const Sample& current, const ExitedThread& exited,
                    const ReportOptions& options, Report& out);
    void add_untracked(const Sample& previous, const Sample& current, Report& out);
    void add_to_process(ThreadRow& row, bool exited, Report& out);
    void find_measured(const Sample& current, Report& out);

    std::size_t rows_used_ = 0;  // of Report::threads, while building: its rows are overwritten, not reallocated
    FlatMap<FlatIndex<std::uint32_t>> process_of_;  // TGID to index into Report::processes
    std::vector<bool> ended_;                       // scratch of add_untracked
    std::vector<std::uint32_t> holders_;            // scratch of add_sleeping_holders
    std::unique_ptr<Sleepers> sleepers_;            // null: no report without rows of them was asked for
    const Sample* counted_in_ = nullptr;            // while they are counted: the current sample
    std::uint32_t last_tgid_ = 0;
    std::uint32_t last_process_ = 0;
};

/// Whether a row's thread did anything but sleep, wait for work, or stay stopped or dead.
[[nodiscard]] bool was_active(const PerState<std::uint64_t>& state_ns);

/// Time that a row was delayed: what the screens sort by at first.
[[nodiscard]] inline std::uint64_t latency_ns(const PerState<std::uint64_t>& state_ns) {
    return sum_of_delays(state_ns);
}

}  // namespace tsa
