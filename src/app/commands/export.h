// `rstat-tsa export DIR --chrome-trace FILE`: a recording in the format of another program, interval by interval.
#pragma once

#include "app/host/outcome.h"

namespace tsa {

/// Error: no recording, a file that cannot be written (what was written of it is removed), a signal.
Result<Outcome> run_export(const Options& options);

}  // namespace tsa
