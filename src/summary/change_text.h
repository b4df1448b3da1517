// SPDX-License-Identifier: MIT
// Two Summaries compared, as text: the machine first, then the names whose change is larger than the noise, the rest
// summed up. Called by `report BEFORE AFTER`. Pure.
#pragma once

#include <string>

#include "summary/json.h"
#include "summary/summary.h"
#include "summary/text.h"

namespace tsa {

[[nodiscard]] std::string write_change_text(const ContextedSummary& before, const ContextedSummary& after,
                                            const SummaryChange& change, const SummaryTextOptions& options);

}  // namespace tsa
