// For doctor: each BPF program loaded on its own, so that one which this kernel refuses is told by its name. Loads and
// lets go; attaches nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/doctor.h"
#include "sched/plan.h"

namespace tsa {

struct ProbeCheck {
    ProbePlan plan;
    std::vector<ProgramCheck> programs;  ///< those of the plan, then the drill-down's
};

/// Half a second or so. Error: no BTF.
[[nodiscard]] Result<ProbeCheck> check_programs();

/// What the library and the kernel said when a program did not load.
struct LoadFailure {
    std::string_view section;    ///< "tp_btf/sched_switch"
    int error_number = 0;        ///< positive
    std::string_view complaint;  ///< libbpf's first one
    std::string_view map;        ///< what the complaint is about, in words: "task local storage"; empty: not a map
};

/// In a user's words, with the version that has what is missing. Pure.
[[nodiscard]] std::string load_failure_words(const LoadFailure& failure);

}  // namespace tsa
