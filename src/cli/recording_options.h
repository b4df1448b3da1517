// SPDX-License-Identifier: MIT
// The options of the commands that read recordings: `rstat-tsa replay`, `report` and `export`. What CLI11 fills, and
// its conversion. Pure.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/common_options.h"

namespace tsa {

/// What CLI11 fills: any number of recordings, so that one too many gets an error message of this program.
struct RecordingLine {
    std::vector<std::string> directories;
    ReplayOptions replay;
    ReportCommandOptions report;
    bool json = false, html = false;
    std::array<std::string, kExportFormats.size()> export_paths;  ///< empty: not given
    ExportOptions exported;
};

void add_replay(OptionList list, RecordingLine& line, CommonValues& common);
void add_report(OptionList list, RecordingLine& line, CommonValues& common);
void add_export(OptionList list, RecordingLine& line);
Result<ReplayOptions> finish_replay(const RecordingLine& line, const CommonValues& common);
Result<ReportCommandOptions> finish_report(const RecordingLine& line, const CommonValues& common);
Result<ExportOptions> finish_export(const RecordingLine& line, const CommonValues& common);

}  // namespace tsa
