// SPDX-License-Identifier: MIT
// Network bytes of threads (bpf/network.bpf.c): programs that run at each send and receive, attached only while
// something shows the bytes. They count in the slots, so Probe::read() reads them. Destroying it detaches them.
#pragma once

#include <memory>

#include "base/result.h"
#include "sched/probe.h"

namespace tsa {

class NetworkProbe {
  public:
    /// Counts bytes of all threads of `probe`, which must outlive it, from now on. Probe::costs() includes its
    /// programs. Errors: no privilege, a kernel where nothing of this can be probed, the verifier; with a hint.
    static Result<std::unique_ptr<NetworkProbe>> start(Probe& probe);
    NetworkProbe(const NetworkProbe&) = delete;
    NetworkProbe& operator=(const NetworkProbe&) = delete;
    ~NetworkProbe();

    /// Whether what splice takes out of TCP sockets is counted, and before Linux 6.5 what it puts in: this kernel may
    /// not permit the probes of functions that it needs.
    [[nodiscard]] bool counts_splice() const;

  private:
    struct Impl;
    explicit NetworkProbe(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
