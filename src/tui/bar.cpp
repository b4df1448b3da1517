// SPDX-License-Identifier: MIT
// The bar at the bottom: keys of the shown screen with their labels, as many as fit, made from its bindings.
#include "tui/page.h"

namespace tsa {
namespace {

constexpr int kQuitWidth = 8;  // "F10Quit "

std::span<const KeyEvent> bar_of(const ViewState& state) {
    const Page& screen = screen_of(state);
    return layer_of(state) != nullptr && !screen.replay_bar.empty() ? screen.replay_bar : screen.bar;
}

/// Null: it has none, or does nothing here.
const KeyBinding* labeled_binding(const ViewState& state, const KeyEvent& key) {
    const KeyBinding* binding = binding_of(state, key);
    const bool refused = binding != nullptr && layer_of(state) != nullptr && !binding->live_only.empty();
    return refused || binding == nullptr || binding->label.empty() ? nullptr : binding;
}

}  // namespace

std::vector<BarItem> bar_items(const ViewState& state, int width) {
    std::vector<BarItem> out;
    int x = 0;
    // On a narrow bar F10 stays, at the cost of those before it; what comes after it needs all of them to fit.
    bool all_fit = true;
    bool has_quit = false;
    for (const KeyEvent& key : bar_of(state)) {
        const KeyBinding* binding = labeled_binding(state, key);
        if (binding == nullptr) {
            continue;
        }
        BarItem item{key, binding->bar_name.empty() ? key_name(key) : std::string(binding->bar_name), binding->label};
        const int needed = static_cast<int>(item.name.size() + item.label.size()) + 1;
        const bool quits = key.key == Key::f10;
        const int reserve = quits || has_quit ? 0 : kQuitWidth;
        if (x + needed + reserve > width + 1 || (!quits && !all_fit)) {
            all_fit = false;
            continue;
        }
        has_quit = has_quit || quits;
        item.x = x;
        item.width = needed;
        out.push_back(std::move(item));
        x += needed;
    }
    return out;
}

}  // namespace tsa
