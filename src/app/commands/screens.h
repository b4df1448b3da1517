// The overview and the drill-down, live: terminal, clock, signals and probes in one poll(). What is drawn and what keys
// mean is decided in src/tui; the commands that only the outside can carry out are in actions.h.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Runs until the user quits. Errors: no terminal, no such thread, no privilege.
Result<Outcome> run_screens(const ScreensOptions& options);

}  // namespace tsa
