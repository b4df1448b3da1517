// SPDX-License-Identifier: MIT
// See prompt.h.
#include "tui/menus/prompt.h"

#include <fmt/format.h>

#include <string>

#include "tui/text.h"

namespace tsa {
namespace {

/// False: not a key that changes it.
bool edit(std::string& prompt, const KeyEvent& event, std::size_t most) {
    if (event.key == Key::backspace) {
        drop_last_character(prompt);
    } else if (same_key(event, control(U'U'))) {
        prompt.clear();
    } else if (event.key == Key::character && event.character >= 0x20 && prompt.size() < most) {
        append_utf8(prompt, event.character);
    } else {
        return false;
    }
    return true;
}

}  // namespace

bool type_in_prompt(KeyPress& press, const PromptKeys& keys) {
    switch (press.event.key) {
        case Key::enter:
            if (keys.accept == nullptr || keys.accept(press)) {
                close_page(press.state);
            }
            break;
        case Key::escape:
            if (keys.cancel != nullptr) {
                keys.cancel(press);
            }
            close_page(press.state);
            break;
        case Key::tab:
            if (keys.complete != nullptr) {
                keys.complete(press);
            }
            break;
        default:
            if (edit(press.state.menu.prompt, press.event, keys.most) && keys.changed != nullptr) {
                keys.changed(press);
            }
    }
    return true;
}

int draw_prompt(Frame& frame, const Scene& scene, std::string_view head, std::string_view tail, Role role) {
    const int y = frame.height() - 1;
    frame.fill(0, y, frame.width(), 1, U' ', role);
    return frame.put(0, y, fmt::format("{}{}{}{}", head, scene.state.menu.prompt, prompt_cursor(scene.unicode), tail),
                     role);
}

std::string_view prompt_cursor(bool unicode) {
    return unicode ? "▏" : "_";
}

}  // namespace tsa
