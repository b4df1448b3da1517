// SPDX-License-Identifier: MIT
// The time by stack in the reports: which stacks each state's time was in. As text, JSON, and in the page.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "summary/context.h"
#include "summary/lines.h"
#include "summary/summary.h"

namespace tsa {

/// Stacks per state in the JSON report and in the page's tables.
inline constexpr std::size_t kReportedStacks = 20;
/// Quantiles of their waits.
inline constexpr double kMedian = 0.5, kNearlyAll = 0.99;

/// The state whose stacks explain such a finding; absent: none does.
[[nodiscard]] std::optional<ThreadState> state_of(FindingKind kind);

/// The time by stack of all threads in each state.
[[nodiscard]] PerState<std::uint64_t> stack_time(const Summary& summary);

/// States that have time by stack, those of delay first.
[[nodiscard]] std::vector<ThreadState> states_with_stacks(const Summary& summary);

/// The section of the text report: of each state the worst stacks, at most `rows`. Nothing if there are none.
void put_stack_lines(SummaryLines& lines, const Summary& summary, std::size_t rows);
/// What the stacks say about a finding: "most of its time by stack: malloc ← parse (62 %)". Empty: nothing.
[[nodiscard]] std::string stack_words(const Summary& summary, FindingKind kind);

/// The section of the page: a flame graph and a table for each state, by the page's script. Nothing if there are none.
void put_stack_section(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context);
/// How long the waits in one state took, over time. Nothing if that is not known.
void put_heat(fmt::memory_buffer& out, const Summary& summary, const SummaryContext& context, ThreadState state);
/// A link to the state's part of that section. Nothing if it has none.
void put_stack_link(fmt::memory_buffer& out, const Summary& summary, FindingKind kind);

}  // namespace tsa
