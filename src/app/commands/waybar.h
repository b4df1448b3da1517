// `rstat-tsa waybar`: a line for a status bar at each interval, for as long as the bar is there.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Runs until it is told to stop or nobody reads any more. Error: printed by main, exit code 1.
Result<Outcome> run_waybar(const WaybarOptions& options);

}  // namespace tsa
