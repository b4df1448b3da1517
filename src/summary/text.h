// SPDX-License-Identifier: MIT
// A Summary as text to read or to paste: plain lines of at most `width` cells. Called by `report`. Pure; all names are
// made printable, so that no process name can control the terminal.
#pragma once

#include <cstddef>
#include <string>

#include "summary/context.h"
#include "summary/summary.h"

namespace tsa {

inline constexpr std::size_t kSummaryWidth = 100;
inline constexpr std::size_t kMinSummaryWidth = 80;
/// Rows of each list unless --top says otherwise.
inline constexpr std::size_t kSummaryRows = 10;

struct SummaryTextOptions {
    std::size_t width = kSummaryWidth;  ///< at least kMinSummaryWidth
    std::size_t rows = kSummaryRows;
    bool color = false;
};

[[nodiscard]] std::string write_summary_text(const Summary& summary, const SummaryContext& context,
                                             const SummaryTextOptions& options);

}  // namespace tsa
