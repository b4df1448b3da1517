// SPDX-License-Identifier: MIT
// `rstat-tsa report DIR`: a whole recording summed up into a Summary, written as text, JSON or HTML; with two
// directories, the change from the first to the second.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

Result<Outcome> run_report(const ReportCommandOptions& options);

}  // namespace tsa
