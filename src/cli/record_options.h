// SPDX-License-Identifier: MIT
// The options of `rstat-tsa record`: what CLI11 fills, and its conversion. Pure.
#pragma once

#include "base/result.h"
#include "cli/common_options.h"

namespace tsa {

void add_record(OptionList list, RecordOptions& options, CommonValues& common);
/// `given`: as filled by CLI11.
Result<RecordOptions> finish_record(const RecordOptions& given, const CommonValues& common);

}  // namespace tsa
