// Which programs to load on this kernel: a pure decision from what the kernel has. `kernel_support()` looks; `plan()`
// decides; Probe obeys; doctor and the health line tell.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace tsa {

/// What the running kernel's BTF and /proc tell about the things that the probes use.
struct KernelSupport {
    bool sched_switch_state_argument = false;  ///< 4th argument of sched_switch: 5.18
    bool direct_reclaim_events = false;        ///< mm_vmscan_direct_reclaim_begin/end
    bool memcg_reclaim_events = false;         ///< mm_vmscan_memcg_reclaim_begin/end
    bool compaction_events = false;            ///< mm_compaction_begin/end
    bool contention_events = false;            ///< contention_begin/end: 5.19
    bool kallsyms = false;                     ///< addresses readable: kernel.kptr_restrict and CAP_SYSLOG
};

/// An optional part and why it is on or off, in a user's words.
struct PlannedPart {
    std::string name;  ///< "memcg reclaim"
    bool on = false;
    std::string without;                ///< what is lost without it
    std::vector<std::string> programs;  ///< its share of ProbePlan::programs
};

struct ProbePlan {
    std::vector<std::string> programs;  ///< names of the BPF programs to load
    std::vector<PlannedPart> parts;     ///< the optional ones, for people
};

[[nodiscard]] ProbePlan plan(const KernelSupport& support);

/// Asks the running kernel. Error: no BTF.
[[nodiscard]] Result<KernelSupport> kernel_support();

}  // namespace tsa
