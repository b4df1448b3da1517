// SPDX-License-Identifier: MIT
// The overview and the drill-down, live: terminal, clock, signals and probes in one poll(). src/tui decides what is
// drawn and what keys mean; commands that act on the system are in actions.h.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Runs until the user quits. Errors: no terminal, no such thread, no privilege.
Result<Outcome> run_screens(const ScreensOptions& options);

}  // namespace tsa
