// `rstat-tsa report DIR`: a recording played from end to end into a Summary, written as text, JSON or HTML; with two
// directories the change from the first to the second.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

Result<Outcome> run_report(const ReportCommandOptions& options);

}  // namespace tsa
