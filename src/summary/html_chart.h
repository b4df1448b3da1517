// The charts of the HTML report as inline SVG: threads in exec and the latency states, stacked, and below it the CPUs
// and what the machine stalled on, on the same axis of time. Also the numbers behind them, for the page's script. Pure.
#pragma once

#include <fmt/format.h>

#include "summary/context.h"
#include "summary/summary.h"

namespace tsa {

/// Nothing without a slice.
void put_charts(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context);

}  // namespace tsa
