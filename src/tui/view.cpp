// See view.h. Puts the parts together; each part knows where it stands from layout.h.
#include "tui/view.h"

#include "tui/overview/layout.h"
#include "tui/replay/replay.h"

namespace tsa {

Frame view(const Scene& scene, int width, int height) {
    Frame frame(width, height, scene.unicode);
    if (width <= 0 || height <= 0) {
        return frame;
    }
    if (scene.state.detail) {
        draw_detail(frame, scene);
    } else {
        draw_header(frame, scene);
        draw_table(frame, scene);
    }
    draw_replay(frame, scene);
    const bool has_bottom = layout_of(scene.report, scene.state, width, height).bar_y >= 0 ||
                            !scene.state.message.empty() || scene.state.overlay != Overlay::none;
    if (has_bottom) {
        draw_bottom(frame, scene);
    }
    draw_overlay(frame, scene);
    return frame;
}

}  // namespace tsa
