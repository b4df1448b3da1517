// SPDX-License-Identifier: MIT
// Everything that a Report says, as text by column, so that two of them can be held side by side.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/report.h"

namespace tsa::testing {

struct ReportCells {
    /// By "tid/start time/zombie" of the living, with "exited" of the dead: "key=value" of every column.
    std::map<std::string, std::vector<std::string>> rows;
    std::map<std::string, bool> has_before;
    std::vector<std::string> machine;  ///< every system column, sums, health, the interval
};

[[nodiscard]] ReportCells cells_of(const Report& report);

}  // namespace tsa::testing
