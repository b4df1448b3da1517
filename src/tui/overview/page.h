// SPDX-License-Identifier: MIT
// The overview: the header, and the table of threads or processes. The screen that all others open over.
#pragma once

#include "tui/page.h"

namespace tsa {

extern const Page kOverviewPage;

/// More rows than any screen has.
inline constexpr std::size_t kMaxDelayRows = 256;

/// Folds of the tree: that of the row under the cursor, and all of them.
void toggle_fold(KeyPress& press);
void fold_all_rows(KeyPress& press, bool closed);

void draw_header(Frame& frame, const Scene& scene);
void draw_table(Frame& frame, const Scene& scene);

}  // namespace tsa
