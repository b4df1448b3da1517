// The options of `rstat-tsa stat`: what CLI11 fills, and what becomes of it. Pure.
#pragma once

#include "base/result.h"
#include "cli/common_options.h"

namespace tsa {

/// What CLI11 fills.
struct StatLine {
    StatOptions options;
    bool json = false, csv = false;
};

void add_stat(OptionList list, StatLine& line, CommonValues& common);
Result<StatOptions> finish_stat(const StatLine& line, const CommonValues& common);

}  // namespace tsa
