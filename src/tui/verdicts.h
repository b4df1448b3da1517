// SPDX-License-Identifier: MIT
// Verdicts for the screens: of the last seconds, as the table of both sources, so that a sentence stays long enough to
// be read.
#pragma once

#include <optional>

#include "tui/view.h"
#include "verdict/verdict.h"

namespace tsa {

/// Without a verdict: no cause dominates, or it has ended.
[[nodiscard]] JudgedThread judge_watched(const Scene& scene, const WatchedThread& watched, ThreadIndex& threads);
/// Of a process, from verdicts on its threads; those that are not watched are judged by the interval.
[[nodiscard]] std::optional<DelayVerdict> judge_process_on(const Scene& scene, std::uint32_t tgid);

}  // namespace tsa
