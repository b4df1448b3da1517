// SPDX-License-Identifier: MIT
// For doctor: loads each BPF program separately, so that a program that this kernel rejects is reported by name. Loads
// and unloads; attaches nothing.
#pragma once

#include <vector>

#include "base/result.h"
#include "model/program_check.h"
#include "sched/plan.h"

namespace tsa {

struct ProbeCheck {
    ProbePlan plan;
    std::vector<ProgramCheck>
        programs;  ///< those of the plan, of the drill-down, of the lock reader, wakers, neighbors, network
};

/// Takes about half a second. Error: no BTF.
[[nodiscard]] Result<ProbeCheck> check_programs();

}  // namespace tsa
