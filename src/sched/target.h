// The probe of the drill-down: one more program at sched_switch, attached only while a thread is looked at, which
// writes down each wait of that thread by kind and length. It times nothing itself: it reads what the scheduler probes
// left in the thread's slot.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "model/waits.h"
#include "sched/probe.h"

namespace tsa {

class TargetProbe {
  public:
    /// Watches a thread of `probe` from now on; `probe` must outlive it. The wait that is open now counts from its
    /// beginning when it ends. Errors: the thread is not there any more, no privilege, the verifier; with a hint.
    static Result<std::unique_ptr<TargetProbe>> start(Probe& probe, const ThreadKey& thread);
    TargetProbe(const TargetProbe&) = delete;
    TargetProbe& operator=(const TargetProbe&) = delete;
    ~TargetProbe();

    /// Everything since the start; closed waits only (the open one is in the thread's slot). Reuses `out`'s memory.
    void read(WaitTable& out);

  private:
    struct Impl;
    explicit TargetProbe(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
