// SPDX-License-Identifier: MIT
// The stacks of a thread and of its lock's holder as lines of text: what the page of stacks and the pane of the
// drill-down show. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/history.h"
#include "model/wait_stack.h"
#include "tui/view.h"

namespace tsa {

struct StackLine {
    std::string text;   ///< a function, or a sentence
    std::string place;  ///< the module that it is in; with StackLook::addresses also the offset
    Role role = Role::text;
};

/// One thread's stack with its title, innermost function first: first the kernel's part, then the thread's own.
struct StackColumn {
    std::string title;
    std::vector<StackLine> lines;
};

/// Of a thread whose stack was asked for. `addresses`: offsets beside the modules.
[[nodiscard]] StackColumn stack_column(const StackTable& stacks, const Thread& thread, bool addresses);

/// The thread's, and that of the holder of the lock that it waits for, if there is one.
[[nodiscard]] std::vector<StackColumn> stack_columns(const Scene& scene, const WatchedThread& watched);

/// "STACK  __futex_wait ← pthread_mutex_lock ← worker": the program's own part in one line each, the thread's and the
/// holder's. Empty: there is none.
[[nodiscard]] std::vector<std::string> stacks_in_lines(const Scene& scene, const WatchedThread& watched);

}  // namespace tsa
