// SPDX-License-Identifier: MIT
// `metrics`.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

Result<Outcome> run_metrics(const MetricsOptions& options);

}  // namespace tsa
