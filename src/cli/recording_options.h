// The options of the commands that read recordings: `rstat-tsa replay`, `report` and `export`. What CLI11 fills, and
// what becomes of it. Pure.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/common_options.h"

namespace tsa {

/// What CLI11 fills: still text.
struct RecordingRaw {
    std::vector<std::string> directories;
    std::string at, speed, top, output, chrome_trace;
    bool json = false, html = false;
};

void add_replay(CLI::App& app, RecordingRaw& raw, CommonRaw& common);
void add_report(CLI::App& app, RecordingRaw& raw, CommonRaw& common);
void add_export(CLI::App& app, RecordingRaw& raw);
/// `mode`: replay, report or export_recording. `options` has the common ones and the command line already.
Result<void> take_recording(const RecordingRaw& raw, Mode mode, Options& options);

}  // namespace tsa
