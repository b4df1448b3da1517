// Two Summaries compared, as text: the machine first, then the names whose change is more than chance, the rest summed
// up. Called by `report BEFORE AFTER`. Pure.
#pragma once

#include <string>

#include "model/summary.h"
#include "output/summary_json.h"
#include "output/summary_text.h"

namespace tsa {

[[nodiscard]] std::string write_change_text(const ContextedSummary& before, const ContextedSummary& after,
                                            const SummaryChange& change, const SummaryTextOptions& options);

}  // namespace tsa
