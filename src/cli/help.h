// SPDX-License-Identifier: MIT
// The long part of --help: states, columns, exit codes and examples, made from the tables that the program uses.
#pragma once

#include <string>

namespace tsa {

[[nodiscard]] std::string overview_help_footer();
[[nodiscard]] std::string stat_help_footer();
[[nodiscard]] std::string doctor_help_footer();
[[nodiscard]] std::string waybar_help_footer();
[[nodiscard]] std::string bench_help_footer();
[[nodiscard]] std::string profile_help_footer();
[[nodiscard]] std::string record_help_footer();
[[nodiscard]] std::string replay_help_footer();
[[nodiscard]] std::string report_help_footer();
[[nodiscard]] std::string export_help_footer();

}  // namespace tsa
