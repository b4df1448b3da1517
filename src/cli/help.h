// SPDX-License-Identifier: MIT
// What --help, --help-all and the manual say about each command besides its options: examples, explanations, and the
// tables that the program uses.
#pragma once

#include <vector>

#include "cli/help_part.h"

namespace tsa {

[[nodiscard]] std::vector<HelpPart> overview_help();
[[nodiscard]] std::vector<HelpPart> stat_help();
[[nodiscard]] std::vector<HelpPart> doctor_help();
[[nodiscard]] std::vector<HelpPart> waybar_help();
[[nodiscard]] std::vector<HelpPart> bench_help();
[[nodiscard]] std::vector<HelpPart> profile_help();
[[nodiscard]] std::vector<HelpPart> record_help();
[[nodiscard]] std::vector<HelpPart> replay_help();
[[nodiscard]] std::vector<HelpPart> report_help();
[[nodiscard]] std::vector<HelpPart> export_help();
[[nodiscard]] std::vector<HelpPart> metrics_help();

// Parts of several pages. None is essential.
[[nodiscard]] HelpPart states_part();
[[nodiscard]] HelpPart columns_part();
[[nodiscard]] HelpPart waybar_classes_part();
[[nodiscard]] HelpPart waybar_config_part();
[[nodiscard]] HelpPart screens_config_part();
[[nodiscard]] HelpPart expression_part();

}  // namespace tsa
