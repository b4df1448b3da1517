// SPDX-License-Identifier: MIT
// The scheduler probes: load, attach, seed, and read all thread slots without a system call. The thin, kernel-facing
// half of src/sched; decode.h interprets the slots.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/latency.h"
#include "model/run_queue_waits.h"
#include "model/sample.h"
#include "sched/cost_registry.h"
#include "sched/plan.h"

struct tsa_slot;

namespace tsa {

struct ProbeOptions {
    std::uint32_t max_threads = 0;  ///< thread slots; 0: 4x the threads at start, rounded up, at least kMinSlots
    bool profile = false;           ///< the probes time their own runs: some 90 ns more for each
    bool neighbors = false;         ///< they also count neighbors by cgroup: see matrix.h. Not with `profile`
    bool run_queue = false;         ///< they also count waits for a CPU by their length
};

inline constexpr std::uint32_t kMinSlots = 8192;
inline constexpr std::uint32_t kMaxSlots = 4U << 20U;
/// Exits listed individually per interval; further ones are added to Sample::untracked and counted in
/// Health::exits_folded.
inline constexpr std::size_t kMaxExitedListed = 65536;

/// The cost of one attached program so far (only with kernel.bpf_stats_enabled=1).
struct ProgramCost {
    std::string name;
    std::uint64_t run_ns = 0;
    std::uint64_t runs = 0;
};

/// The attached probes. Destroying it detaches them; the kernel does the same when the process exits for any reason.
class Probe {
  public:
    /// Loads and attaches the programs of `plan`, then seeds the existing threads. Errors: no privilege, no BTF, a
    /// program that the verifier rejects; each with a hint.
    static Result<std::unique_ptr<Probe>> start(const ProbeOptions& options);
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;
    ~Probe();

    /// Fills now, threads, versions, exited, untracked and health of `sample`, reusing its buffers: pass the sample
    /// before last to copy the least. No system call except the clocks (vDSO).
    void read(Sample& sample);

    /// Readable when exit records should be drained before the next read(): poll it with other descriptors.
    [[nodiscard]] int exit_fd() const;
    /// Removes exit records from the ring; read() does so too.
    void drain_exits();

    /// Marks a process as followed from now on: threads that it creates, and their descendants, carry Thread::followed.
    void follow(std::uint32_t tgid);

    /// Whether something counts bytes in the slots (NetworkProbe): see Sample::network.
    void set_network(bool counted);

    // For a probe that is attached in addition to this one and reads the same slots (TargetProbe).
    /// Descriptors of the maps tsa_slots and tsa_tasks, owned by this object.
    [[nodiscard]] int slots_fd() const;
    [[nodiscard]] int tasks_fd() const;
    /// Another map of the probes by its name; -1: they have none of that name.
    [[nodiscard]] int map_fd(const char* name) const;
    /// The current state of the thread's slot; absent: the thread has ended or is untracked.
    [[nodiscard]] std::optional<tsa_slot> slot_of(const ThreadKey& thread) const;
    /// Name of the kernel function at an address; empty: unknown. One system call per new address; valid as long as
    /// this object.
    [[nodiscard]] std::string_view kernel_function(std::uint64_t address);

    [[nodiscard]] const ProbePlan& plan() const;
    [[nodiscard]] std::uint32_t slots() const;
    /// Run time per program. A few system calls per program: not part of read().
    [[nodiscard]] std::vector<ProgramCost> program_costs() const;
    /// The cost of these programs and of all other attached objects, which join here.
    [[nodiscard]] CostRegistry& costs();

    /// With ProbeOptions::run_queue: since the start. Absent without it. One system call.
    [[nodiscard]] std::optional<RunQueueWaits> run_queue_waits() const;

    // With ProbeOptions::profile.
    /// The run times of each program since the start. Empty without it. One system call per program.
    [[nodiscard]] std::vector<ProgramLatency> latencies() const;
    /// The part of each of these times that is timing overhead. Absent: not measured.
    [[nodiscard]] std::optional<double> empty_latency_ns() const;

  private:
    struct Impl;
    explicit Probe(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
