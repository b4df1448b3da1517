// SPDX-License-Identifier: MIT
// The prompt for a time to jump to.
#include <fmt/format.h>

#include "tui/menus/menu.h"
#include "tui/menus/prompt.h"
#include "tui/replay/replay.h"
#include "tui/replay/time.h"

namespace tsa {
namespace {

constexpr std::size_t kMaxMoment = 40;

/// A moment that is not found leaves it open, so that the input can be corrected.
bool jump_to_moment(KeyPress& press) {
    ReplayState& replay = *press.state.replay;
    const auto found = find_moment(press.state.menu.prompt, *replay.timeline, replay.at, replay.utc_offsets);
    if (!found.ok()) {
        press.warn(fmt::format("{}; {}", found.error().message, found.error().hint));
        return false;
    }
    go_to(replay, found.value());
    return true;
}

bool type_moment(KeyPress& press) {
    return type_in_prompt(press, {.most = kMaxMoment, .accept = jump_to_moment});
}

void draw_moment(Frame& frame, const Scene& scene) {
    const ViewState& state = scene.state;
    const std::string_view hint = state.message.empty() ? kMomentForms : std::string_view(state.message);
    draw_prompt(frame, scene, "Jump to: ", fmt::format("   {}", hint),
                state.message_is_warning ? Role::warn : Role::prompt);
}

}  // namespace

constinit const Page kJumpPrompt{
    .name = "jump",
    .kind = PageKind::overlay,
    .draw_bottom = draw_moment,
    .type = type_moment,
};

void open_jump(KeyPress& press) {
    open_menu(press.state, kJumpPrompt);
}

}  // namespace tsa
