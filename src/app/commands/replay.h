// SPDX-License-Identifier: MIT
// `rstat-tsa replay DIR`: the overview and the drill-down over a recording. Reads nothing from the machine it runs on:
// names, local time and all numbers come from the recording.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Runs until the user quits. Errors: no terminal, no recording, a time outside the recording.
Result<Outcome> run_replay(const ReplayOptions& options);

}  // namespace tsa
