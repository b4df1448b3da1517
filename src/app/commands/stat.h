// SPDX-License-Identifier: MIT
// `rstat-tsa stat`: a report per interval until stopped, or a command followed from start to end.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Runs until it is stopped. Error: printed by main, exit code 1.
Result<Outcome> run_stat(const StatOptions& options);
/// `stat -- CMD`.
Result<Outcome> run_stat_command(const StatOptions& options);

}  // namespace tsa
