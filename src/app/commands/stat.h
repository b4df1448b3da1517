// `rstat-tsa stat`: a report per interval until told to stop, or a command followed from birth to death.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Runs until it is told to stop. Error: printed by main, exit code 1.
Result<Outcome> run_stat(const StatOptions& options);
/// `stat -- CMD`.
Result<Outcome> run_stat_command(const StatOptions& options);

}  // namespace tsa
