// `rstat-tsa export DIR --chrome-trace FILE`: a recording in the format of another program, interval by interval.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Error: no recording, a file that cannot be written (what was written of it is removed), a signal.
Result<Outcome> run_export(const ExportOptions& options);

}  // namespace tsa
