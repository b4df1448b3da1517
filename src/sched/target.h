// SPDX-License-Identifier: MIT
// The probe of the drill-down: one more program at sched_switch, attached only while a thread is viewed, which records
// each wait of that thread by kind and length. It does no timing: it reads what the scheduler probes wrote
// to the thread's slot. Destroying it detaches it. A thread is identified by its key: one that takes over its leader's
// TID and start time by exec counts as that leader from then on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/result.h"
#include "model/stack_times.h"
#include "model/waits.h"
#include "sched/probe.h"

struct tsa_address_range;
struct tsa_stack_copy;

namespace tsa {

class TargetProbe {
  public:
    /// Watches a thread of `probe` from now on; `probe` must outlive it and every table read from it. The current wait
    /// counts when it ends, from its beginning (or from when the probes first saw it); if the thread switches at the
    /// very moment of attaching, that first wait may be missing. Takes some 50 ms. Probe::costs() includes its program,
    /// also after this object is destroyed. Errors: the thread has ended or is
    /// untracked, no privilege, the verifier; with a hint.
    static Result<std::unique_ptr<TargetProbe>> start(Probe& probe, const ThreadKey& thread);
    TargetProbe(const TargetProbe&) = delete;
    TargetProbe& operator=(const TargetProbe&) = delete;
    ~TargetProbe();

    /// All waits since the start that have ended (the open one is in the thread's slot). Also works after the thread's
    /// end. No system call except to name a new kernel function. Reuses `out`'s memory.
    void read(WaitTable& out);

    // Its waits by stack.
    /// From now on. `code`: where the process's code is, at most TSA_CODE_RANGES ranges; none for a kernel thread.
    /// Error: this kernel refuses the program, or there is no privilege; with a hint.
    Result<void> watch_stacks(std::span<const tsa_address_range> code);
    /// The process has loaded or unloaded code since.
    void set_code(std::span<const tsa_address_range> code);
    /// Fills everything but the stacks. Needs watch_stacks().
    void read_stacks(StackTimes& out);
    /// Passes the copied stacks to `take`, oldest first, until it returns false: then it takes no more for now. Those
    /// that stay keep the kernel from copying more than fit into the ring.
    void take_copies(const std::function<bool(const tsa_stack_copy&)>& take);

  private:
    struct Impl;
    explicit TargetProbe(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
