// SPDX-License-Identifier: MIT
// The page of time by stack: which code a thread, or a process, has waited in since the page was opened, as a tree.
#pragma once

#include "tui/page.h"

namespace tsa {

extern const Page kStackTimesPage;
extern const Page kProcessStackTimesPage;
extern const Page kStackSearchPrompt;

/// Opens it for the thread ViewState::thread is about.
void open_stack_times(KeyPress& press);
/// For the process whose threads alone are shown.
void open_process_stack_times(ViewState& state);

}  // namespace tsa
