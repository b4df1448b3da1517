// SPDX-License-Identifier: MIT
// Who wakes the thread of the drill-down, as text. Pure.
#pragma once

#include <string>

#include "tui/view.h"

namespace tsa {

/// "WOKEN BY  4177 connection-17 92 %, timer 8 %   last 4177 connection-17 ← timer": shares of the time of its waits.
/// Empty: no wakers are recorded, or it was not woken yet.
[[nodiscard]] std::string woken_in_line(const Scene& scene, const WatchedThread& watched);

}  // namespace tsa
