// SPDX-License-Identifier: MIT
// `rstat-tsa export DIR --FORMAT FILE`: a recording in the format of another program.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Errors: no recording; the file cannot be written (the partial file is removed); a signal.
Result<Outcome> run_export(const ExportOptions& options);

}  // namespace tsa
