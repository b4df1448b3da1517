// SPDX-License-Identifier: MIT
// The page of wakers: who ended the waits of a thread, how often, and after how long.
#pragma once

#include "tui/page.h"

namespace tsa {

extern const Page kWakerPage;

/// Whether it is a recording without wakers; then the user sees why nothing is shown.
bool warn_of_missing_wakers(KeyPress& press);

/// Opens it for the thread ViewState::thread is about.
void open_wakers(ViewState& state);

}  // namespace tsa
