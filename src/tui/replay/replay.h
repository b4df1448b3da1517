// Inside of the screens: what a replay adds to them. Its lines below the table (replay_view.cpp) and its keys
// (replay_keys.cpp), which go before all others.
#pragma once

#include <string_view>
#include <vector>

#include "tui/keys.h"
#include "tui/view.h"

namespace tsa {

/// Where its lines stand, right above the bottom line. Rows of -1 are not there.
struct ReplayLayout {
    int rows = 0;      ///< all of them together; 0: no replay, or no room
    int marks_y = -1;  ///< where to look, and where there are losses
    int strip_y = -1, strip_rows = 0;
    int strip_x = 0, columns = 0;
    int info_y = -1;
};
[[nodiscard]] ReplayLayout replay_layout(const ViewState& state, int width, int height);

void draw_replay(Frame& frame, const Scene& scene);
/// The prompt of a jump, for the bottom line.
[[nodiscard]] std::string jump_prompt_words(const ViewState& state, std::string_view cursor);

/// False: no key of the replay's own.
bool handle_replay_key(KeyResult& result, const KeyEvent& event);
/// Faster or slower by one step of the table.
void change_speed(ViewState& state, bool faster);
/// On the strip: that moment. False: beside it.
bool click_in_replay(ViewState& state, const KeyEvent& event);
/// While the prompt of a jump is open.
void jump_prompt_key(ViewState& state, const KeyEvent& event);
/// What a recording has not, and what cannot be done in it, is said.
void refuse_in_replay(ViewState& state, Action action);

[[nodiscard]] std::span<const BarItem> replay_bar(bool in_detail);

}  // namespace tsa
