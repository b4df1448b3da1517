// SPDX-License-Identifier: MIT
// Where the wall clock was set during a recording, by comparison with CLOCK_MONOTONIC. Pure.
#pragma once

#include <vector>

#include "model/timeline.h"

namespace tsa {

/// Fills clock_jump_ns and suspended. Then changes time_unix_ns so that it never goes back: where the clock was set
/// back, times before that are given by the clock as it was afterward. `has_clock`: whether now_ns of a slice was
/// recorded; otherwise only a time that goes back is a jump.
void straighten_clock(Timeline& timeline, const std::vector<bool>& has_clock);

}  // namespace tsa
