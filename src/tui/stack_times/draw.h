// SPDX-License-Identifier: MIT
// Drawing of the page of time by stack, and where its rows are.
#pragma once

#include "tui/stack_times/rows.h"
#include "tui/view.h"

namespace tsa {

void draw_stack_times(Frame& frame, const Scene& scene);
/// Resolves the cursor and what is searched for, and notes the rows for the keys.
void note_stack_times(ViewState& state, const Scene& scene, int width, int height);

}  // namespace tsa
