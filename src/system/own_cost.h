// SPDX-License-Identifier: MIT
// The CPU time of this process so far. Called once per sample; src/sched adds the probes' share.
#pragma once

#include "model/health.h"

namespace tsa {

/// CPU time of all threads of this process, in ns: CLOCK_PROCESS_CPUTIME_ID.
void read_own_cpu(OwnCost& out);

}  // namespace tsa
