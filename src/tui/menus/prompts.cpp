// SPDX-License-Identifier: MIT
// The prompts of the overview: search for a name, and filter. Both take effect while they are typed.
#include <fmt/format.h>

#include "tui/menus/menu.h"
#include "tui/menus/menus.h"
#include "tui/overview/row_keys.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr std::size_t kMaxPrompt = 64;

void draw_line(Frame& frame, const std::string& words) {
    const int y = frame.height() - 1;
    frame.fill(0, y, frame.width(), 1, U' ', Role::prompt);
    frame.put(0, y, words, Role::prompt);
}

void draw_search(Frame& frame, const Scene& scene) {
    const std::string_view miss = scene.state.message_is_warning ? "   not found" : "";
    draw_line(frame, fmt::format("Search: {}{}{}", scene.state.menu.prompt, prompt_cursor(scene.unicode), miss));
}

void draw_filter(Frame& frame, const Scene& scene) {
    draw_line(frame, fmt::format("Filter: {}{}", scene.state.menu.prompt, prompt_cursor(scene.unicode)));
}

void search(KeyPress& press) {
    press.state.overview.search = press.state.menu.prompt;
    search_from(press.state, press.report, false, true);
}

void filter(KeyPress& press) {
    press.state.overview.filter = press.state.menu.prompt;
}

bool type_in_prompt(KeyPress& press, void (*apply)(KeyPress& press)) {
    if (press.event.key == Key::enter || press.event.key == Key::escape) {
        close_page(press.state);
    } else if (edit_prompt(press.state.menu.prompt, press.event, kMaxPrompt)) {
        apply(press);
    }
    return true;
}

bool type_search(KeyPress& press) {
    if (press.event.key == Key::f3) {
        search_from(press.state, press.report, false, false);
        return true;
    }
    return type_in_prompt(press, search);
}

bool type_filter(KeyPress& press) {
    if (press.event.key == Key::escape) {
        press.state.overview.filter = press.state.menu.prompt_before;
    }
    return type_in_prompt(press, filter);
}

}  // namespace

constinit const Page kSearchPrompt{
    .name = "search",
    .kind = PageKind::overlay,
    .draw_bottom = draw_search,
    .type = type_search,
};

constinit const Page kFilterPrompt{
    .name = "filter",
    .kind = PageKind::overlay,
    .draw_bottom = draw_filter,
    .type = type_filter,
};

void open_search(KeyPress& press) {
    open_menu(press.state, kSearchPrompt);
}

void open_filter(KeyPress& press) {
    open_menu(press.state, kFilterPrompt);
    press.state.menu.prompt = press.state.menu.prompt_before = press.state.overview.filter;
}

}  // namespace tsa
