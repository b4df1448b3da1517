// SPDX-License-Identifier: MIT
// Owns a source of thread data and the two newest samples, and turns each step of time into a Report. The loops call
// it; it handles neither terminal nor output.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/host/gpu_feed.h"
#include "app/host/neighbor_feed.h"
#include "app/host/waker_feed.h"
#include "base/result.h"
#include "base/wall_clock.h"
#include "cli/options.h"
#include "model/interval.h"
#include "model/thread_finder.h"
#include "peers/label_feed.h"
#include "procfs/process_feed.h"
#include "procfs/thread_source.h"
#include "sched/probe.h"
#include "stacks/stack_feed.h"
#include "stacks/stack_waits_feed.h"
#include "system/reader.h"

namespace tsa {

struct CollectorOptions {
    SourceChoice source = SourceChoice::automatic;
    std::uint32_t max_threads = 0;
    bool profile = false;    ///< probes that time their own runs
    bool neighbors = false;  ///< probes that also count neighbors by cgroup
    bool run_queue = false;  ///< probes that also count waits for a CPU by their length
};

class Collector {
  public:
    /// Starts the source and takes the first sample: the baseline. `automatic` falls back to /proc where the probes
    /// cannot run. Errors: no privilege, no support; with a hint.
    static Result<std::unique_ptr<Collector>> start(const CollectorOptions& options);

    /// Takes a sample and reports what happened since the previous one. Valid until the next call.
    const Report& collect(const ReportOptions& options);
    /// The newest interval again, with other options: nothing is read.
    const Report& report_again(const ReportOptions& options);
    /// The newest sample as a report without an interval: which threads exist.
    const Report& report_now(const ReportOptions& options);
    /// Fills the caller's sample with the current threads and system.
    void read(Sample& sample);
    /// The two parts of read(): what is not a thread (the system, this process), and the threads.
    void read_machine(Sample& sample);
    void read_threads(Sample& sample);
    /// From now on this process and its descendants are Thread::followed, also in their final records. Probes only.
    void follow(std::uint32_t tgid);

    /// Readable when there are final records of threads; -1 without probes.
    [[nodiscard]] int exit_fd() const { return probe_ != nullptr ? probe_->exit_fd() : -1; }
    /// Takes the final records so far, for the next sample: the kernel's buffer for them is bounded.
    void drain_exits();
    /// Waits for a final record, at most this long.
    void await_exits(std::chrono::milliseconds at_most) const;

    [[nodiscard]] const Sample& newest() const { return interval_.newest(); }
    [[nodiscard]] const Report& report() const { return interval_.last_report(); }
    /// What the loop adds to the report it just received: taskstats. Kept until the next one.
    void set_delays(const DelayTable* delays) { interval_.set_delays(delays); }
    /// Adds labels and holders to the newest report: for the rows of these threads, for the ones with these indices
    /// into report().threads, or for all that are wanted, in turn.
    void add_labels(LabelFeed& feed, std::span<const ThreadKey> threads) {
        feed.update(threads, interval_.newest(), interval_.last_report());
    }
    void add_labels(LabelFeed& feed, std::span<const std::uint32_t> rows) {
        feed.update(rows, interval_.newest(), interval_.last_report());
    }
    void add_labels(LabelFeed& feed, const LabelFeed::IsWanted& is_wanted) {
        feed.update_all(is_wanted, interval_.newest(), interval_.last_report());
    }
    /// The labels that are known already, before rows are chosen by them.
    void add_known_labels(const LabelFeed& feed) { interval_.last_report().labels = &feed.labels(); }
    /// Adds the stacks of these threads' open waits to the newest report, and the holders' of the locks that they wait
    /// for.
    void add_stacks(StackFeed& feed, std::span<const ThreadKey> threads, const StackLimits& limits);
    /// The stacks, and their labels, that are known already, before rows are chosen by them.
    void add_known_stacks(const StackFeed& feed) { interval_.last_report().stacks = &feed; }
    /// Adds what is known of processes to the newest report; see ProcessFeed::update.
    bool add_facts(ProcessFeed& feed, std::span<const std::uint32_t> shown_tgids, bool all) {
        return feed.update(shown_tgids, all, interval_.last_report());
    }
    /// The same for all of its processes, at the start.
    void fill_facts(ProcessFeed& feed) { feed.fill(interval_.last_report()); }
    void add_known_facts(const ProcessFeed& feed) { feed.put_in(interval_.last_report()); }
    /// Drops the rows of threads of the newest report for which it is false. Sums of processes and totals stay.
    void keep_rows(const std::function<bool(const ThreadRow&)>& is_kept) {
        const auto is_dropped = [&is_kept](const ThreadRow& row) { return !is_kept(row); };
        std::erase_if(interval_.last_report().threads, is_dropped);
        std::erase_if(interval_.last_report().exited, is_dropped);
    }
    /// The time by stack of threads, from the newest sample on.
    void begin_stack_times(StackWaitsFeed& feed, std::span<const ThreadKey> threads,
                           std::uint64_t patience_ns = StackWaitsFeed::kBeginNs) {
        feed.begin(threads, interval_.newest(), interval_.last_report(), patience_ns);
    }
    /// Of the interval of the newest report; see StackWaitsFeed::update.
    std::span<const StackWaits> read_stack_times(StackWaitsFeed& feed, bool last);
    /// Adds wakers to the newest report, if the feed is on.
    void add_wakers(WakerFeed& feed, const std::optional<ThreadKey>& looked_at) {
        feed.update(looked_at, interval_.newest(), interval_.last_report());
    }
    /// Adds what processes use of GPUs to the newest report, if it is wanted.
    void add_gpus(GpuFeed& feed, bool wanted) { feed.update(wanted, interval_.last_report()); }
    /// Reads what neighbors did in the interval of the newest report, and adds it.
    void add_neighbors(NeighborFeed& feed) { feed.update(interval_.last_report()); }
    /// Chooses the threads whose neighbors are recorded from now on.
    void choose_neighbors(NeighborFeed& feed, std::span<const ThreadKey> threads) {
        feed.choose(threads, interval_.newest());
        feed.put_in(interval_.last_report());
    }
    /// Null when /proc is the source.
    [[nodiscard]] Probe* probe() { return probe_.get(); }
    /// Why `automatic` chose /proc, with a hint; empty: it did not.
    [[nodiscard]] const std::string& without_probes() const { return without_probes_; }

  private:
    Collector(std::unique_ptr<Probe> probe, std::unique_ptr<ProcSource> files);
    void read_own_cost(OwnCost& own);

    std::unique_ptr<Probe> probe_;
    std::unique_ptr<ProcSource> files_;
    std::string without_probes_;
    SystemReader system_;
    Interval interval_;
    WallClock wall_clock_;
    ThreadFinder finder_;
    std::vector<ThreadKey> with_holders_;  ///< of add_stacks()
    std::uint64_t helper_cpu_ns_ = 0;      ///< used by the helper process of stacks
    std::uint64_t times_cpu_ns_ = 0;       ///< by those of the time by stack
    std::uint64_t times_feed_ns_ = 0;      ///< of these the newest one's
    std::uint32_t followed_tgid_ = 0;
    bool probes_timed_ = false;  ///< kernel.bpf_stats_enabled was on at the start
};

}  // namespace tsa
