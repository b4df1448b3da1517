// SPDX-License-Identifier: MIT
// The line above the overview's table: what is shown, and what is not.
#pragma once

#include "tui/overview/rows.h"
#include "tui/page.h"

namespace tsa {

/// At the right: which of the list's rows are on the screen, of which `rows` have room.
void draw_status(Frame& frame, const Scene& scene, const RowList& list, int rows, int y);

}  // namespace tsa
