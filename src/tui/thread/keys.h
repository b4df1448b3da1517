// Keys of the drill-down. Inside of the key handling: handle_key.cpp calls these.
#pragma once

#include "tui/keys.h"

namespace tsa {

/// False: no key of the drill-down's own.
bool act_in_detail(ViewState& state, Action action, const Report& report);
/// On the chart: that moment is read out.
void click_in_detail(ViewState& state, const KeyEvent& event);
/// From the list of one process's threads back to all.
void leave_process(ViewState& state, const Report& report);

}  // namespace tsa
