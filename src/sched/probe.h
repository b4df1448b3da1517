// The scheduler probes: load, attach, seed, and read all thread slots without a system call. The thin, kernel-facing
// half of src/sched; what a slot means is decided in decode.h.
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
#include "model/sample.h"
#include "sched/cost_registry.h"
#include "sched/plan.h"

struct tsa_slot;

namespace tsa {

struct ProbeOptions {
    std::uint32_t max_threads = 0;  ///< thread slots; 0: 4x the threads at start, rounded up, at least kMinSlots
    bool profile = false;           ///< the probes time their own runs: some 90 ns more for each
};

inline constexpr std::uint32_t kMinSlots = 8192;
inline constexpr std::uint32_t kMaxSlots = 4U << 20U;
/// Exits listed one by one per interval; more are folded into Sample::unlisted and counted in Health::exits_folded.
inline constexpr std::size_t kMaxExitedListed = 65536;

/// What one attached program has cost so far (only with kernel.bpf_stats_enabled=1).
struct ProgramCost {
    std::string name;
    std::uint64_t run_ns = 0;
    std::uint64_t runs = 0;
};

/// The attached probes. Destroying it detaches them; the kernel does the same when the process dies, however it dies.
class Probe {
  public:
    /// Loads and attaches what `plan` allows here, then seeds the threads that exist already.
    /// Errors: no privilege, no BTF, a program the verifier refuses; each with a hint.
    static Result<std::unique_ptr<Probe>> start(const ProbeOptions& options);
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;
    ~Probe();

    /// Fills now, threads, versions, exited, unlisted and health of `sample`, reusing its buffers: pass the sample
    /// before last for the least copying. No system call but the clocks (vDSO).
    void read(Sample& sample);

    /// Readable when exit records should be drained before the next read(): poll it beside other descriptors.
    [[nodiscard]] int exit_fd() const;
    /// Takes exit records off the ring; read() does so too.
    void drain_exits();

    /// Marks a process as followed from now on: threads that it creates, and their descendants, carry Thread::followed.
    void follow(std::uint32_t tgid);

    // For a probe that is attached beside this one and reads the same slots (TargetProbe).
    /// Descriptors of the maps tsa_slots and tsa_tasks; they stay this object's.
    [[nodiscard]] int slots_fd() const;
    [[nodiscard]] int tasks_fd() const;
    /// The thread's slot as it stands; absent: the thread has ended, or has no slot.
    [[nodiscard]] std::optional<tsa_slot> slot_of(const ThreadKey& thread) const;
    /// Name of the kernel function at an address; empty: not known. One system call for a new address; lives as long
    /// as this.
    [[nodiscard]] std::string_view kernel_function(std::uint64_t address);

    [[nodiscard]] const ProbePlan& plan() const;
    [[nodiscard]] std::uint32_t slots() const;
    /// Run time per program. A few system calls per program: not part of read().
    [[nodiscard]] std::vector<ProgramCost> program_costs() const;
    /// What these programs cost, and those of every object that is attached beside them: each joins here.
    [[nodiscard]] CostRegistry& costs();

    // With ProbeOptions::profile.
    /// How long the runs of each program took since the start. Empty without it. A system call per program.
    [[nodiscard]] std::vector<ProgramLatency> latencies() const;
    /// The part of each of these times that is the timing itself. Absent: not measured.
    [[nodiscard]] std::optional<double> empty_latency_ns() const;

  private:
    struct Impl;
    explicit Probe(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
