// SPDX-License-Identifier: MIT
// A Summary as one HTML file that any browser opens: no network, no other file, no script needed to read it. Light or
// dark by the reader's setting, narrow or wide, also in print. Called by `report --html`. Pure; does not depend on
// recordings. All names are made printable and escaped: any process name stays text.
#pragma once

#include <string>

#include "summary/context.h"
#include "summary/summary.h"

namespace tsa {

/// Rows per table; the rest are summed up in one row.
inline constexpr std::size_t kMaxHtmlRows = 400;

/// The whole file, UTF-8. Bounded: kMaxHtmlRows rows per table, kMaxSummarySlices points per line of a chart.
[[nodiscard]] std::string write_summary_html(const Summary& summary, const SummaryContext& context);

}  // namespace tsa
