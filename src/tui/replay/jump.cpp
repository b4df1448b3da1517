// SPDX-License-Identifier: MIT
// The prompt for a time to jump to.
#include <fmt/format.h>

#include "tui/menus/menu.h"
#include "tui/replay/replay.h"
#include "tui/replay/time.h"

namespace tsa {
namespace {

constexpr std::size_t kMaxMoment = 40;

bool type_moment(KeyPress& press) {
    ViewState& state = press.state;
    if (press.event.key == Key::escape) {
        close_page(state);
    } else if (press.event.key == Key::enter) {
        ReplayState& replay = *state.replay;
        const auto found = find_moment(state.menu.prompt, *replay.timeline, replay.at, replay.utc_offsets);
        if (!found.ok()) {
            // It stays open, so that the input can be corrected.
            press.warn(fmt::format("{}; {}", found.error().message, found.error().hint));
            return true;
        }
        go_to(replay, found.value());
        close_page(state);
    } else {
        edit_prompt(state.menu.prompt, press.event, kMaxMoment);
    }
    return true;
}

void draw_prompt(Frame& frame, const Scene& scene) {
    const ViewState& state = scene.state;
    const Role role = state.message_is_warning ? Role::warn : Role::prompt;
    const std::string_view hint = state.message.empty() ? kMomentForms : std::string_view(state.message);
    const int y = frame.height() - 1;
    frame.fill(0, y, frame.width(), 1, U' ', role);
    frame.put(0, y, fmt::format("Jump to: {}{}   {}", state.menu.prompt, prompt_cursor(scene.unicode), hint), role);
}

}  // namespace

constinit const Page kJumpPrompt{
    .name = "jump",
    .kind = PageKind::overlay,
    .draw_bottom = draw_prompt,
    .type = type_moment,
};

void open_jump(KeyPress& press) {
    open_menu(press.state, kJumpPrompt);
}

}  // namespace tsa
