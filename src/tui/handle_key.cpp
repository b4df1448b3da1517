// SPDX-License-Identifier: MIT
// Dispatches keys, clicks and the mouse wheel: to the open overlay, else the replay's layer, else the screen. The
// handlers are in the folder of each page.
#include <fmt/format.h>

#include <algorithm>

#include "tui/menus/menu.h"
#include "tui/overview/row_keys.h"
#include "tui/page.h"

namespace tsa {
namespace {

constexpr int kWheelRows = 3;

const KeyBinding* find_in(std::span<const KeyBinding> bindings, const KeyEvent& event) {
    const auto found =
        std::ranges::find_if(bindings, [&](const KeyBinding& binding) { return binding.keys.has(event); });
    return found != bindings.end() ? &*found : nullptr;
}

const KeyBinding* opener_of(const KeyEvent& event) {
    for (const Page* page : pages()) {
        if (page->opened_by != nullptr && page->opened_by->keys.has(event)) {
            return page->opened_by;
        }
    }
    return nullptr;
}

bool is_bound_on_a_screen(const KeyEvent& event, KeySet set) {
    return opener_of(event) != nullptr || std::ranges::any_of(pages(), [&](const Page* page) {
               return page->kind == PageKind::screen &&
                      (find_in(page->keys, event) != nullptr ||
                       (set == KeySet::vim && find_in(page->vim_keys, event) != nullptr));
           });
}

void act(KeyPress& press, const KeyBinding& binding) {
    if (layer_of(press.state) != nullptr && !binding.live_only.empty()) {
        press.warn(std::string(binding.live_only));
    } else {
        binding.act(press);
    }
}

bool act_if_bound(KeyPress& press, const KeyEvent& event) {
    const KeyBinding* binding = binding_of(press.state, event);
    if (binding != nullptr) {
        act(press, *binding);
    }
    return binding != nullptr;
}

/// From top to bottom: the bar, the lines of a replay, the screen.
void click(KeyPress& press) {
    const ViewState& state = press.state;
    if (press.event.y == state.height - 1 && has_bar(state.height)) {
        for (const BarItem& item : bar_items(state, state.width)) {
            if (press.event.x >= item.x && press.event.x < item.x + item.width) {
                press.event = item.key;
                act_if_bound(press, item.key);
                return;
            }
        }
        return;
    }
    for (const Page* page : {layer_of(state), &screen_of(state)}) {
        if (page != nullptr && page->click != nullptr && page->click(press)) {
            return;
        }
    }
}

void key_of_screen(KeyPress& press) {
    const Page& screen = screen_of(press.state);
    if (screen.type != nullptr && screen.type(press)) {
        return;
    }
    const Key key = press.event.key;
    if (key == Key::click) {
        click(press);
    } else if (key == Key::wheel_up || key == Key::wheel_down) {
        for (int row = 0; row < kWheelRows; ++row) {
            act_if_bound(press, special(key == Key::wheel_up ? Key::up : Key::down));
        }
    } else if (!act_if_bound(press, press.event)) {
        if (is_bound_on_a_screen(press.event, press.state.key_set)) {
            say_does_nothing(press);
        } else {
            press.state.message = key == Key::unnamed
                                      ? "no such key; ? lists them"
                                      : fmt::format("{}: no such key; ? lists them", key_name(press.event));
        }
    }
}

void key_of_overlay(KeyPress& press, const Page& overlay) {
    // Ctrl-C ends the program on every page.
    if (same_key(press.event, control(U'C'))) {
        press.command = Command{};
        return;
    }
    if (press.event.key == Key::unnamed) {
        return;
    }
    const bool taken = overlay.type != nullptr && overlay.type(press);
    if (!taken && overlay.menu != nullptr) {
        menu_key(press, overlay);
    }
}

}  // namespace

bool KeyList::has(const KeyEvent& event) const {
    return std::any_of(begin(), end(), [&](const KeyEvent& key) { return same_key(key, event); });
}

const KeyBinding* binding_of(const ViewState& state, const KeyEvent& event) {
    const Page* layer = layer_of(state);
    const KeyBinding* found = layer != nullptr ? find_in(layer->keys, event) : nullptr;
    if (found == nullptr && state.key_set == KeySet::vim) {
        found = find_in(screen_of(state).vim_keys, event);
    }
    if (found == nullptr) {
        found = find_in(screen_of(state).keys, event);
    }
    return found != nullptr ? found : opener_of(event);
}

void act_as(KeyPress& press, const KeyEvent& event) {
    act_if_bound(press, event);
}

void say_does_nothing(KeyPress& press) {
    press.state.message = fmt::format("{}: does nothing here; ? lists them", key_name(press.event));
}

KeyResult handle_key(ViewState state, const KeyEvent& event, const Report& report, const Machine& machine) {
    KeyResult result{std::move(state), std::nullopt};
    if (event.key == Key::resize || event.key == Key::none) {
        return result;
    }
    result.state.message.clear();
    result.state.message_is_warning = false;
    KeyPress press{result.state, report, machine, event};
    if (const Page* overlay = overlay_of(result.state)) {
        key_of_overlay(press, *overlay);
    } else {
        key_of_screen(press);
    }
    if (result.state.overview.visual && overlay_of(result.state) == nullptr &&
        &screen_of(result.state) == pages().front()) {
        extend_visual(result.state, report);
    }
    result.command = std::move(press.command);
    return result;
}

}  // namespace tsa
