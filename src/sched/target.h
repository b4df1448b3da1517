// The probe of the drill-down: one more program at sched_switch, attached only while a thread is looked at, which
// writes down each wait of that thread by kind and length. It times nothing itself: it reads what the scheduler probes
// left in the thread's slot. Destroying it detaches it. The thread is its key: one that takes over the TID and start
// time of its leader by exec is that leader from then on.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "model/waits.h"
#include "sched/probe.h"

namespace tsa {

class TargetProbe {
  public:
    /// Watches a thread of `probe` from now on; `probe` must outlive it and every table that was read. The wait that is
    /// open now counts when it ends, from its beginning (or from when the probes first saw it); should the thread be
    /// switching in the very moment of attaching, that first wait may not be told, and is left out.
    /// Takes some 50 ms. Errors: the thread has ended or has no slot, no privilege, the verifier; with a hint.
    static Result<std::unique_ptr<TargetProbe>> start(Probe& probe, const ThreadKey& thread);
    TargetProbe(const TargetProbe&) = delete;
    TargetProbe& operator=(const TargetProbe&) = delete;
    ~TargetProbe();

    /// Everything since the start; closed waits only (the open one is in the thread's slot). Also after the thread's
    /// end. No system call but to name a kernel function that is new. Reuses `out`'s memory.
    void read(WaitTable& out);

    /// Run time of its program; Probe::costs() has it too, and keeps it after the end. Not part of read().
    [[nodiscard]] std::vector<ProgramCost> program_costs() const;

  private:
    struct Impl;
    explicit TargetProbe(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
