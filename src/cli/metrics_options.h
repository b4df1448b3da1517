// SPDX-License-Identifier: MIT
// The options of `metrics`. Pure.
#pragma once

#include "cli/common_options.h"
#include "cli/option_list.h"
#include "cli/options.h"

namespace tsa {

void add_metrics(OptionList list, MetricsOptions& options, CommonValues& common);
Result<MetricsOptions> finish_metrics(const MetricsOptions& given, const CommonValues& common);

}  // namespace tsa
