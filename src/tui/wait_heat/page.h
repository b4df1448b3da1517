// SPDX-License-Identifier: MIT
// The page of wait lengths: how long the waits of a thread took, as a map of time and length, one kind of wait at a
// time.
#pragma once

#include "tui/page.h"

namespace tsa {

extern const Page kWaitHeatPage;

inline constexpr std::string_view kNoWaitLengthsInReplay = "a recording has no single waits";

/// Opens it for the thread ViewState::thread is about.
void open_wait_heat(ViewState& state);

}  // namespace tsa
