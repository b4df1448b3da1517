// The options of `rstat-tsa stat`: what CLI11 fills, and what becomes of it. Pure.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "base/result.h"
#include "cli/common_options.h"

namespace tsa {

/// What CLI11 fills: still text.
struct StatRaw {
    std::string intervals, tids, sort, top, output;
    bool json = false, csv = false, taskstats = false;
};

void add_stat(CLI::App& app, StatRaw& raw, CommonRaw& common);
/// `options` has the common ones and the command line already.
Result<void> take_stat(const StatRaw& raw, Options& options);

}  // namespace tsa
