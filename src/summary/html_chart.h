// SPDX-License-Identifier: MIT
// The charts of the HTML report as inline SVG: threads in exec and the latency states, stacked, and below it the CPUs
// and the machine's stalls, on the same time axis. Also their numbers, for the page's script. Pure.
#pragma once

#include <fmt/format.h>

#include "summary/context.h"
#include "summary/summary.h"

namespace tsa {

/// Empty without slices.
void put_charts(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context);

}  // namespace tsa
