// SPDX-License-Identifier: MIT
// `rstat-tsa waybar`: a line for a status bar at each interval, while the bar is running.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Runs until it is stopped or the reader is gone. Error: printed by main, exit code 1.
Result<Outcome> run_waybar(const WaybarOptions& options);

}  // namespace tsa
