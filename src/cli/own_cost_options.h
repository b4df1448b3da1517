// The options of `rstat-tsa bench` and `profile`, which are flags too: what CLI11 fills, and what becomes of it. Pure.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "base/result.h"
#include "cli/common_options.h"

namespace tsa {

/// What CLI11 fills: still text.
struct OwnCostRaw {
    std::string bench, profile;
    bool json = false;
};

void add_bench(CLI::App& app, OwnCostRaw& raw, CommonRaw& common);
void add_profile(CLI::App& app, OwnCostRaw& raw, CommonRaw& common);
/// `mode`: bench or profile. `options` has the common ones and the command line already.
Result<void> take_own_cost(const OwnCostRaw& raw, Mode mode, Options& options);

}  // namespace tsa
