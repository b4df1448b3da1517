// SPDX-License-Identifier: MIT
// The time of several threads by stack, interval by interval, for recordings: counts their waits (StackProbe), samples
// their CPU time, has the stacks unwound (StackFeed), and divides each thread's time among them (StackLedger).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/report.h"
#include "model/stack_ledger.h"
#include "model/stack_times.h"
#include "model/stack_waits.h"
#include "sched/stack_probe.h"
#include "stacks/cpu_sampler.h"
#include "stacks/stack_feed.h"

namespace tsa {

class StackWaitsFeed {
  public:
    /// While the caller has all of its capabilities. `probe`: null where there are no probes; must outlive this. At
    /// most `threads` at a time.
    void start(Probe* probe, std::size_t threads, bool debuginfod = false);
    /// Nothing is counted until resume(): the programs are detached, which ended waits were not read yet is dropped.
    void pause();
    /// Afterward as at the start: begin(), or choose(). Takes some 50 ms. Error: the programs cannot be loaded.
    Result<void> resume();
    /// See StackFeed.
    [[nodiscard]] const std::string& no_debuginfod() const { return stacks_.no_debuginfod(); }
    /// Why there are no stacks, with a hint; empty: there are.
    [[nodiscard]] const std::string& unavailable() const { return unavailable_; }
    /// Why there are no stacks of CPU time, of some thread; empty: there are.
    [[nodiscard]] const std::string& exec_unavailable() const { return exec_unavailable_; }

    /// These threads from now on, of the newest sample; others no longer. Before the first interval: `report` is one of
    /// that sample, and this waits until it is known where the code of their processes is, `patience_ns` at most.
    void begin(std::span<const ThreadKey> threads, const Sample& sample, Report& report,
               std::uint64_t patience_ns = kBeginNs);
    /// How long the first interval waits for the files of the chosen threads' programs.
    static constexpr std::uint64_t kBeginNs = 1'000'000'000;
    void choose(std::span<const ThreadKey> threads, const Sample& sample);
    /// The interval of the report, for the threads that were chosen at its beginning. `last`: of the recording. Valid
    /// until the next call.
    std::span<const StackWaits> update(const Sample& sample, Report& report, bool last);

    /// CPU time of the helper process so far, in ns.
    [[nodiscard]] std::uint64_t helper_cpu_ns() const { return stacks_.helper_cpu_ns(); }
    /// Long waits so far whose stack could not be copied in time.
    [[nodiscard]] std::uint64_t uncopied() const { return probe_ != nullptr ? probe_->uncopied() : 0; }

  private:
    struct Known {
        KnownStack stack;
        std::shared_ptr<const RecordedStack> recorded;  // null: not known
        std::uint64_t max_ns = 0;                       // of all waits so far
        std::uint64_t used = 0;                         // round
        std::uint32_t pending = 0;                      // jobs
    };
    /// Not written yet, since the stack may still come.
    struct Held {
        LedgerEntry entry;
        std::uint32_t intervals = 0;
    };
    struct Watched {
        ThreadKey key;
        StackOwner owner;
        bool kernel = false, is_leaving = false;
        bool has_ended_unknown = false;  // a wait without a fingerprint
        std::vector<tsa_address_range> code;
        std::uint64_t since_ns = 0;         // CLOCK_MONOTONIC; 0: it is not counted yet
        std::optional<StackLedger> ledger;  // from then on
        std::unique_ptr<CpuSampler> sampler;
        std::unordered_map<std::uint64_t, Known> stacks;  // by fingerprint
        std::vector<LedgerEntry> grown;
        std::vector<Held> held;
        std::optional<std::uint64_t> open;
    };
    /// What a job is about.
    struct Ticket {
        enum class Kind : std::uint8_t { code, sample, wait } kind;
        ThreadKey thread;
        std::uint64_t fingerprint = 0;
    };

    [[nodiscard]] Watched* find(const ThreadKey& thread);
    void ask(Ticket ticket, const StackOwner& owner, std::shared_ptr<const tsa_stack_query> copy);
    void watch(Watched& watched, const Thread& thread, std::uint64_t now_ns);
    void pump(const Sample& sample, Report& report);
    void take_copies();
    void take_results(const Sample& sample);
    void take_result(const Ticket& ticket, StackJobResult& result, const Sample& sample);
    void note_open(Watched& watched, const Thread& thread, std::vector<ThreadKey>& wanted);
    void keep_open(Watched& watched, const Thread& thread);
    static void drop_ambiguous(Watched& watched);
    void divide(Watched& watched, const Thread& thread, std::uint64_t now_ns, bool last);
    [[nodiscard]] bool may_still_come(const Watched& watched, const Held& held) const;
    void emit(Watched& watched, const LedgerEntry& entry);
    void drop_gone();

    Probe* scheduler_ = nullptr;
    std::size_t threads_ = 0;
    std::unique_ptr<StackProbe> probe_;  // null: paused, too
    StackFeed stacks_;
    std::string unavailable_ = "not started";
    std::string exec_unavailable_;
    std::vector<std::unique_ptr<Watched>> watched_;
    std::unordered_map<std::uint64_t, Ticket> tickets_;
    std::uint64_t next_ticket_ = TSA_LEAST_FINGERPRINT;
    std::uint64_t round_ = 0;
    std::vector<StackGrowth> growth_;
    std::vector<StackWaits> out_;
};

/// As files have it. What the names contain that would not be one frame is replaced.
[[nodiscard]] RecordedStack recorded_stack(const KnownStack& known);

}  // namespace tsa
