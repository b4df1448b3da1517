// SPDX-License-Identifier: MIT
// Whose CPU time chosen threads wait for (bpf/neighbors.bpf.c): programs at sched_switch, sched_wakeup and
// sched_migrate_task, attached only while something shows neighbors. Destroying it detaches them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/neighbors.h"
#include "model/sample.h"
#include "sched/probe.h"

namespace tsa {

class NeighborProbe {
  public:
    /// At most this many threads at a time.
    static constexpr std::size_t kMaxChosen = 64;

    /// `probe` must outlive it. Takes some 50 ms. Probe::costs() includes its programs. Errors: no privilege, the
    /// verifier; with a hint.
    static Result<std::unique_ptr<NeighborProbe>> start(Probe& probe);
    NeighborProbe(const NeighborProbe&) = delete;
    NeighborProbe& operator=(const NeighborProbe&) = delete;
    ~NeighborProbe();

    /// These threads from now on; those that were chosen before keep their charges, others lose them. Threads that are
    /// not in the sample, or beyond the limit, are not chosen.
    void choose(std::span<const ThreadKey> threads, const Sample& sample);
    /// The charges so far, for each chosen thread. A few system calls. Valid until the next call.
    const std::vector<CpuWaitBy>& read();

  private:
    struct Impl;
    explicit NeighborProbe(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
