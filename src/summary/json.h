// SPDX-License-Identifier: MIT
// A Summary, or the change between two, as one JSON object (schema 1): all of its data, with full precision. Called by
// `report --json`. Pure. Names are made printable, absent is null; the README has the keys.
#pragma once

#include <string>

#include "summary/context.h"
#include "summary/summary.h"

namespace tsa {

inline constexpr unsigned kSummarySchema = 1;

/// With a trailing newline.
[[nodiscard]] std::string write_summary_json(const Summary& summary, const SummaryContext& context);

/// One of the two compared summaries, with its context.
struct ContextedSummary {
    const Summary& summary;
    const SummaryContext& context;
};
/// {"schema":1,"before":{...},"after":{...},"change":{...}}: both summaries in full. With a trailing newline.
[[nodiscard]] std::string write_change_json(const ContextedSummary& before, const ContextedSummary& after,
                                            const SummaryChange& change);

}  // namespace tsa
