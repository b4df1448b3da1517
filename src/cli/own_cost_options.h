// SPDX-License-Identifier: MIT
// The options of `rstat-tsa bench` and `profile`, which are also flags: what CLI11 fills, and its conversion. Pure.
#pragma once

#include "base/result.h"
#include "cli/common_options.h"

namespace tsa {

void add_bench(OptionList list, BenchOptions& options, CommonValues& common);
void add_profile(OptionList list, ProfileOptions& options, CommonValues& common);
/// `--bench N` and `--profile SECONDS`, without a command's name.
void add_own_cost_flags(OptionList list, BenchOptions& bench, ProfileOptions& profile);
Result<BenchOptions> finish_bench(const BenchOptions& given, const CommonValues& common);
Result<ProfileOptions> finish_profile(const ProfileOptions& given, const CommonValues& common);

}  // namespace tsa
