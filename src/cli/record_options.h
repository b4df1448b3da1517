// The options of `rstat-tsa record`: what CLI11 fills, and what becomes of it. Pure.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/common_options.h"

namespace tsa {

/// What CLI11 fills: still text.
struct RecordRaw {
    std::string output, duration, tids, user, comm, cgroup;
    std::vector<std::string> keep;
    bool compress = false, taskstats = false;
};

void add_record(CLI::App& app, RecordRaw& raw, CommonRaw& common);
/// `options` has the common ones and the command line already.
Result<void> take_record(const RecordRaw& raw, Options& options);

}  // namespace tsa
