// SPDX-License-Identifier: MIT
// What a replay adds to every screen: a layer of lines above the bar (strip.cpp), and keys (keys.cpp), which go before
// those of the screen.
#pragma once

#include "tui/page.h"

namespace tsa {

extern const Page kReplayLayer;
extern const Page kJumpPrompt;  ///< to a moment of the recording

/// Where its lines are, right above the bar. Rows of -1 are not there.
struct ReplayLayout {
    int rows = 0;      ///< all of them together; 0: no replay, or no room
    int marks_y = -1;  ///< where to look, and where there are losses
    int strip_y = -1, strip_rows = 0;
    int strip_x = 0, columns = 0;
    int info_y = -1;
};
[[nodiscard]] ReplayLayout replay_layout(const ViewState& state, int width, int height);

void draw_replay(Frame& frame, const Scene& scene);
/// Makes the strip of that width.
void note_strip(ViewState& state, const Scene& scene, int width, int height);

/// To that interval, or the last one.
void go_to(ReplayState& replay, std::size_t interval);
void open_jump(KeyPress& press);

}  // namespace tsa
