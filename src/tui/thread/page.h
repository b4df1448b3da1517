// SPDX-License-Identifier: MIT
// The page of a thread (the drill-down): why is it slow? And a second page of it, with all its states in numbers.
#pragma once

#include <cstdint>

#include "tui/page.h"

namespace tsa {

extern const Page kThreadPage;
extern const Page kThreadStatesPage;

/// Opens the page of a thread of the process `tgid`.
void open_thread(ViewState& state, const ThreadKey& key, std::uint32_t tgid);
/// Opens the stack of its open wait instead.
void open_stack_of(ViewState& state, const ThreadKey& key, std::uint32_t tgid);
/// From the list of one process's threads back to all.
void leave_process(ViewState& state, const Report& report);

}  // namespace tsa
