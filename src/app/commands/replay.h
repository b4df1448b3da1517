// `rstat-tsa replay DIR`: the overview and the drill-down over a recording. Reads nothing of the machine that it runs
// on: names, local time and all numbers are the recording's.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Runs until the user quits. Errors: no terminal, no recording there, a moment that it does not have.
Result<Outcome> run_replay(const ReplayOptions& options);

}  // namespace tsa
