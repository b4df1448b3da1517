// The view: (Report, ViewState, size, glyphs) -> Frame. Pure: no clock, no file, no terminal in here or below.
#pragma once

#include "model/history.h"
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
    const ThreadDetail* detail = nullptr;  ///< of the thread in state.detail; null: nothing is known of it yet
};

[[nodiscard]] Frame view(const Scene& scene, int width, int height);

/// How far the keys of the drill-down can move on a screen of that size. For the owner of the ViewState to note.
[[nodiscard]] DetailBounds detail_bounds(const Scene& scene, int width, int height);
/// Where the open menu is on it: what a click on it means. Likewise.
[[nodiscard]] MenuBounds menu_bounds(const Scene& scene, int width, int height);

// The parts, each in its own file.
void draw_header(Frame& frame, const Scene& scene);
void draw_table(Frame& frame, const Scene& scene);
void draw_bottom(Frame& frame, const Scene& scene);
void draw_overlay(Frame& frame, const Scene& scene);
void draw_detail(Frame& frame, const Scene& scene);

}  // namespace tsa
