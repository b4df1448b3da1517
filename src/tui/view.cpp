// SPDX-License-Identifier: MIT
// See view.h. The parts of a frame, from bottom to top: the screen, a replay's layer, the bottom line, the open menu.
#include "tui/view.h"

#include "tui/menus/menu.h"
#include "tui/page.h"

namespace tsa {
namespace {

void draw_bar(Frame& frame, const ViewState& state) {
    const int y = frame.height() - 1;
    for (const BarItem& item : bar_items(state, frame.width())) {
        const int x = frame.put(item.x, y, item.name, Role::key);
        frame.put(x, y, item.label, Role::label, item.width - static_cast<int>(item.name.size()) - 1);
    }
}

/// The prompt that is open, else a message, else the keys.
void draw_bottom(Frame& frame, const Scene& scene, const Page* overlay) {
    const ViewState& state = scene.state;
    if (overlay != nullptr && overlay->draw_bottom != nullptr) {
        overlay->draw_bottom(frame, scene);
    } else if (!state.message.empty()) {
        const Role role = state.message_is_warning ? Role::warn : Role::prompt;
        frame.fill(0, frame.height() - 1, frame.width(), 1, U' ', role);
        frame.put(0, frame.height() - 1, state.message, role);
    } else {
        draw_bar(frame, state);
    }
}

}  // namespace

Frame view(const Scene& scene, int width, int height) {
    Frame frame(width, height, scene.unicode);
    if (width <= 0 || height <= 0) {
        return frame;
    }
    const Page* overlay = overlay_of(scene.state);
    screen_of(scene.state).draw(frame, scene);
    if (const Page* layer = layer_of(scene.state)) {
        layer->draw(frame, scene);
    }
    if (has_bar(height) || !scene.state.message.empty() || overlay != nullptr) {
        draw_bottom(frame, scene, overlay);
    }
    if (overlay != nullptr && overlay->menu != nullptr) {
        draw_menu(frame, scene, *overlay);
    }
    return frame;
}

void note_frame(ViewState& state, const Scene& scene, int width, int height) {
    for (const Page* page : {layer_of(state), &screen_of(state)}) {
        if (page != nullptr && page->note != nullptr) {
            page->note(state, scene, width, height);
        }
    }
    note_menu(state, scene, width, height);
}

}  // namespace tsa
