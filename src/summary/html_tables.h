// SPDX-License-Identifier: MIT
// The tables of the HTML report: processes and threads by name, and the worst single waits. Pure.
#pragma once

#include <fmt/format.h>

#include "summary/context.h"
#include "summary/summary.h"

namespace tsa {

/// `threads`: the table of threads within their processes; else of processes.
void put_group_table(fmt::memory_buffer& out, const Summary& summary, bool threads);
/// Nothing without Summary::by.
void put_by_group_table(fmt::memory_buffer& out, const Summary& summary);
/// Empty without waits.
void put_worst_waits(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context);

}  // namespace tsa
