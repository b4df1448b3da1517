// What this process itself has cost so far. Called once per sample; the probes' share is filled in by src/sched.
#pragma once

#include "model/sample.h"

namespace tsa {

/// CPU time of all threads of this process, in ns: CLOCK_PROCESS_CPUTIME_ID.
void read_own_cpu(OwnCost& out);

}  // namespace tsa
