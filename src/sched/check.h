// For doctor: each BPF program loaded on its own, so that one which this kernel refuses is told by its name. Loads and
// lets go; attaches nothing.
#pragma once

#include <vector>

#include "base/result.h"
#include "model/program_check.h"
#include "sched/plan.h"

namespace tsa {

struct ProbeCheck {
    ProbePlan plan;
    std::vector<ProgramCheck> programs;  ///< those of the plan, the drill-down's, those that read locks
};

/// Half a second or so. Error: no BTF.
[[nodiscard]] Result<ProbeCheck> check_programs();

}  // namespace tsa
