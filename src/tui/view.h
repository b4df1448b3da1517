// SPDX-License-Identifier: MIT
// The view: (Report, ViewState, size, glyphs) -> Frame. Pure: no clock, no file, no terminal in here or below.
#pragma once

#include "model/history.h"
#include "model/process_look.h"
#include "model/process_watch.h"
#include "model/recent_states.h"
#include "model/thread_detail.h"
#include "tui/frame.h"
#include "tui/theme.h"
#include "tui/view_state.h"

namespace tsa {

/// All that a screen is drawn from. Refers to its parts; lives for one call.
struct Scene {
    const Report& report;  ///< interval_ns 0: nothing measured yet
    const ViewState& state;
    const Machine& machine;
    const History& history;
    bool unicode = true;
    const ThreadDetail* detail = nullptr;        ///< of the thread that is shown; null: nothing is known of it yet
    const ProcessWatch* process = nullptr;       ///< the process whose threads alone are shown, if it is watched
    const RecentStates* recent = nullptr;        ///< of all threads; null: it is not kept
    const StackTimes* process_stacks = nullptr;  ///< of the process; null: they are not counted
    const ProcessLook* look = nullptr;           ///< what the page looks closer at; null: not read yet
};

[[nodiscard]] Frame view(const Scene& scene, int width, int height);

/// Notes in the state, which is that of the scene, where the parts of the open pages are on a screen of that size: what
/// the next keys and clicks mean. For the owner of the state, before view().
void note_frame(ViewState& state, const Scene& scene, int width, int height);

/// Lower screens have no line for the bar.
[[nodiscard]] constexpr bool has_bar(int height) {
    return height >= 3;
}

}  // namespace tsa
