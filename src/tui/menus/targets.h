// SPDX-License-Identifier: MIT
// Whom the user acts on: the rows that a signal or a nice value goes to. Inside of the key handling.
#pragma once

#include <string>
#include <vector>

#include "tui/overview/rows.h"
#include "tui/view_state.h"

namespace tsa {

/// The tagged rows, else the selected one; on the page of a thread that thread. Without those that have ended.
[[nodiscard]] std::vector<RowRef> chosen_rows(const ViewState& state, const Report& report);

/// The processes of these rows, each once, without kernel threads and zombies: neither takes a signal.
[[nodiscard]] SignalTargets signal_targets(const std::vector<RowRef>& rows, const Machine& machine);
/// Asks what each process does with its signals now.
void look_up_handling(SignalTargets& targets, const Machine& machine);
/// Why none of these rows can take a signal.
[[nodiscard]] std::string no_target_text(const std::vector<RowRef>& rows);

}  // namespace tsa
