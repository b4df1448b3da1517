// SPDX-License-Identifier: MIT
// The page of wakers: who ended the waits of a thread, how often, and after how long.
#pragma once

#include "tui/page.h"

namespace tsa {

extern const Page kWakerPage;

inline constexpr std::string_view kNoWakersInReplay = "a recording has no wakers";

/// Opens it for the thread ViewState::thread is about.
void open_wakers(ViewState& state);

}  // namespace tsa
