// SPDX-License-Identifier: MIT
// The cost of the programs of a loaded object, read from the kernel.
#pragma once

#include <vector>

#include "sched/probe.h"

struct bpf_object;

namespace tsa {

/// One per loaded program. A few system calls each.
[[nodiscard]] std::vector<ProgramCost> program_costs_of(const bpf_object* object);

}  // namespace tsa
