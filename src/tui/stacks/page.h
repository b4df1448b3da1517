// SPDX-License-Identifier: MIT
// The page of stacks: which code a blocked thread waits in and, if it waits for a lock, what the lock's holder does.
#pragma once

#include "tui/page.h"

namespace tsa {

extern const Page kStackPage;

inline constexpr std::string_view kNoStacksInReplay = "a recording has no stacks";

/// Opens it for the thread ViewState::thread is about.
void open_stack(ViewState& state);

}  // namespace tsa
