// SPDX-License-Identifier: MIT
// Stacks of the open waits of threads that are looked at, kept until the wait ends: a blocked thread does not move. The
// loops call update() once per report with the threads that they show; a refresh without new waits makes no system
// call.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "labels/label_sources.h"
#include "model/report.h"
#include "model/thread_finder.h"
#include "model/wait_labels.h"
#include "model/wait_stack.h"
#include "sched/probe.h"
#include "stacks/stack_thread.h"

namespace tsa {

/// What a refresh may cost. Stacks beyond it are asked for in the next one.
struct StackLimits {
    std::chrono::nanoseconds wait;  ///< for stacks that were asked for in this refresh
    std::chrono::nanoseconds cpu;   ///< for each TSA_MAX_STACKS of them: of the reading thread and the helper process
};
inline constexpr StackLimits kScreenStacks{std::chrono::milliseconds(3), std::chrono::milliseconds(3)};
/// Where every listed thread is to have its stack, also the first time that its files are read.
inline constexpr StackLimits kListedStacks{std::chrono::milliseconds(500), std::chrono::milliseconds(400)};
/// Waits that are known at a time.
inline constexpr std::size_t kMaxKeptStacks = 4096;
/// Jobs that wait for their turn.
inline constexpr std::size_t kMaxStackJobs = 64;

/// To unwind a stack that was copied elsewhere; without a copy, only to find where the process's code is.
struct StackJob {
    std::uint64_t id = 0;  ///< the caller's
    StackOwner owner;
    std::shared_ptr<const tsa_stack_query> copy{};
};
struct StackJobResult {
    std::uint64_t id = 0;
    WaitStack stack;  ///< not read: there was no copy
    std::vector<tsa_address_range> code{};
};

[[nodiscard]] StackOwner stack_owner(const Thread& thread, const Sample& sample);

class StackFeed : public StackTable {
  public:
    /// Forks the helper process and starts the thread, while the caller has its capabilities. `probe`: null where there
    /// are no probes; then no stacks either. Must outlive this.
    /// Files of labels are read: label_files() has their errors. `debuginfod`: debug files that are not here are
    /// fetched; why that is not possible is in no_debuginfod().
    void start(Probe* probe, bool debuginfod = false);
    /// With a hint; empty: it is possible, or not wanted.
    [[nodiscard]] const std::string& no_debuginfod() const { return no_debuginfod_; }

    /// Looks up the open waits of these threads, and gives the report this table.
    void update(std::span<const ThreadKey> wanted, const StackLimits& limits, const Sample& sample, Report& report);

    // Jobs are done by the next update(), as far as its limits allow, after what it is asked to read.
    [[nodiscard]] std::size_t room_for_jobs() const { return kMaxStackJobs - std::min(jobs_.size(), kMaxStackJobs); }
    /// Only while there is room.
    void add_job(StackJob job) { jobs_.push_back(std::move(job)); }
    [[nodiscard]] std::vector<StackJobResult> take_results() { return std::exchange(results_, {}); }
    void drop_jobs();
    /// Nothing is asked for: no job waits, and no answer is outstanding.
    [[nodiscard]] bool is_idle() const { return jobs_.empty() && std::ranges::none_of(asked_, &Asked::is_open); }

    [[nodiscard]] const WaitStack* find(const Thread& thread) const override;
    [[nodiscard]] const WaitLabel* label(const Thread& thread) const override { return labels_.find(thread); }
    [[nodiscard]] const std::vector<LabelFile>& label_files() const { return sources_.files; }
    [[nodiscard]] std::string_view unavailable() const override { return unavailable_; }
    /// Stacks so far that were wanted, and not there in their refresh.
    [[nodiscard]] std::uint64_t unread() const { return unread_; }
    /// CPU time of the helper process so far, in ns.
    [[nodiscard]] std::uint64_t helper_cpu_ns() const { return thread_ != nullptr ? thread_->helper_cpu_ns() : 0; }

  private:
    struct KeyHash {
        std::size_t operator()(const ThreadKey& key) const { return flat_hash(flat_hash(key.start_time_ns) ^ key.tid); }
    };
    struct Kept {
        std::uint64_t since_ns = 0;
        std::uint64_t used = 0;  // round
        WaitStack stack;
    };
    /// One query, and the wait or the job that it is about.
    struct Asked {
        ThreadKey key;
        std::uint64_t since_ns = 0;
        bool is_open = false;
        std::optional<StackJob> job{};
    };

    [[nodiscard]] bool load();
    void consider(const Thread& thread, const Sample& sample, const StackLimits& limits);
    void ask(const StackLimits& limits);
    void take_answers();
    void take(Asked& asked, StackAnswer& answer);
    void take_result(const StackJob& job, StackAnswer& answer);
    void name(WaitStack& stack) const;
    void set_labels(std::span<const Thread* const> threads, const Report& report);
    void ask_jobs();
    void make_room();

    Probe* probe_ = nullptr;
    std::shared_ptr<DebugFetcher> fetcher_;  ///< null: nothing is fetched
    std::uint32_t arrived_ = 0;              ///< files of it, when the kept stacks were read
    std::string no_debuginfod_;
    std::unique_ptr<StackThread> thread_;
    bool loaded_ = false;
    std::shared_ptr<StackMemory> memory_;
    CostRegistry::Member cost_;  // of memory_
    std::string unavailable_ = "not started";
    ThreadFinder finder_;
    LabelSources sources_;
    WaitLabels labels_;  // of the threads that were wanted last
    std::unordered_map<ThreadKey, Kept, KeyHash> kept_;
    std::vector<Asked> asked_;
    std::size_t queries_ = 0;  // gathered, not asked yet
    std::deque<StackJob> jobs_;
    std::vector<StackJobResult> results_;
    std::uint64_t wait_until_ns_ = 0;
    std::uint64_t round_ = 0;
    std::uint64_t unread_ = 0;
};

}  // namespace tsa
