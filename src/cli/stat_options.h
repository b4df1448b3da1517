// SPDX-License-Identifier: MIT
// The options of `rstat-tsa stat`: what CLI11 fills, and its conversion. Pure.
#pragma once

#include <array>

#include "base/result.h"
#include "cli/common_options.h"

namespace tsa {

/// What CLI11 fills.
struct StatLine {
    StatOptions options;
    std::array<bool, kOutputFormats> formats{};  ///< whose flags are there
};

void add_stat(OptionList list, StatLine& line, CommonValues& common);
Result<StatOptions> finish_stat(const StatLine& line, const CommonValues& common);

}  // namespace tsa
