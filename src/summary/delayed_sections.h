// SPDX-License-Identifier: MIT
// The most delayed threads and processes in the reports: why, and who ended their waits. As text, JSON, and in the
// page.
#pragma once

#include <fmt/format.h>

#include <cstddef>

#include "output/json.h"
#include "summary/lines.h"
#include "summary/summary.h"

namespace tsa {

/// The section of the text report: at most `rows` threads and processes that have a verdict, or wakers. Nothing if
/// there are none.
void put_delayed_lines(SummaryLines& lines, const Summary& summary, std::size_t rows);

/// "worst_threads" and "worst_processes".
void put_delayed_json(Json& json, const Summary& summary);

/// The section of the page. Nothing if there are none.
void put_delayed_section(fmt::memory_buffer& out, const Summary& summary);

}  // namespace tsa
