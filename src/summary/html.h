// A Summary as one HTML file that any browser opens: no network, no other file, no script needed to read it. Light and
// dark by the reader's setting, narrow and wide, on paper too. Called by `report --html`. Pure; knows nothing of
// recordings. All names are made printable and escaped: whatever a process calls itself stays text.
#pragma once

#include <string>

#include "summary/context.h"
#include "summary/summary.h"

namespace tsa {

/// As many rows each table has; the rest is said as one row with the sum.
inline constexpr std::size_t kMaxHtmlRows = 400;

/// The whole file, UTF-8. Bounded: kMaxHtmlRows rows per table, kMaxSummarySlices points per line of a chart.
[[nodiscard]] std::string write_summary_html(const Summary& summary, const SummaryContext& context);

}  // namespace tsa
