// What the programs of a loaded object have cost, asked of the kernel.
#pragma once

#include <vector>

#include "sched/probe.h"

struct bpf_object;

namespace tsa {

/// One per loaded program. A few system calls each.
[[nodiscard]] std::vector<ProgramCost> program_costs_of(const bpf_object* object);

}  // namespace tsa
