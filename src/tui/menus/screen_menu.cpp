// SPDX-License-Identifier: MIT
// Screens with names, as tabs: Tab walks through them, and a menu goes to one, adds the view that is shown, or removes
// one.
#include <fmt/format.h>

#include <algorithm>

#include "model/columns.h"
#include "tui/menus/menu.h"
#include "tui/menus/menus.h"
#include "tui/menus/prompt.h"
#include "tui/overview/condition.h"
#include "tui/overview/row_keys.h"
#include "tui/settings.h"

namespace tsa {
namespace {

constexpr std::size_t kMaxName = 32;

std::string_view head_of(std::string_view sort) {
    for (const SortChoice& choice : sort_choices()) {
        if (choice.key == sort) {
            return choice.head;
        }
    }
    const Column* column = find_column(sort);
    return column != nullptr ? column->head : sort;
}

std::string words_of(const SavedScreen& screen) {
    const std::string rows = screen.mode == "groups" ? fmt::format("groups by {}", screen.by) : screen.mode;
    std::string words = fmt::format("{}, sorted by {}", rows, head_of(screen.sort));
    words += screen.filter.empty() ? "" : fmt::format(", filter {}", screen.filter);
    words += screen.user.empty() ? "" : fmt::format(", of user {}", screen.user);
    return words + (screen.blocked ? ", only blocked now" : "");
}

void go_to(KeyPress& press, std::size_t at) {
    ViewState& state = press.state;
    OverviewState& overview = state.overview;
    state.screens = screens_now(state);
    state.screen = std::min(at, state.screens.size() - 1);
    const SavedScreen& screen = state.screens[state.screen];
    overview.tgid.reset();
    overview.group.reset();
    overview.tagged.clear();
    overview.visual.reset();
    put_view(screen, overview);
    set_filter(overview, screen.filter, press.machine);
    sort_rows_by(overview, screen.sort, screen.descending);
    press.state.message = fmt::format("screen {}: {}", screen.name, words_of(screen));
}

void remove_screen(KeyPress& press) {
    ViewState& state = press.state;
    const std::size_t at = state.menu.cursor;
    if (at == 0) {
        press.warn("the main screen stays");
        return;
    }
    if (at >= state.screens.size()) {
        return;
    }
    if (at == state.screen) {
        go_to(press, 0);
    }
    state.message = fmt::format("screen {} removed", state.screens[at].name);
    state.screens.erase(state.screens.begin() + static_cast<std::ptrdiff_t>(at));
    state.screen -= state.screen > at ? 1 : 0;
    state.menu.cursor = std::min(at, state.screens.size() - 1);
}

Menu screen_menu(const ViewState& state, const Report&, const Machine&) {
    Menu menu{"Screens", "Enter goes there, + adds this view, Del removes", {}, 12, state.menu.cursor};
    const std::vector<SavedScreen> screens = screens_now(state);
    for (std::size_t at = 0; at < screens.size(); ++at) {
        const Role role = at == state.screen ? Role::tagged : Role::text;
        menu.lines.push_back({screens[at].name, words_of(screens[at]), role, {}, screens[at].name, {}});
    }
    return menu;
}

void pick_screen(KeyPress& press) {
    const std::size_t at = press.state.menu.cursor;
    close_page(press.state);
    go_to(press, at);
}

bool screen_key(KeyPress& press) {
    if (same_key(press.event, letter(U'+')) || press.event.key == Key::insert) {
        close_page(press.state);
        open_menu(press.state, kScreenPrompt);
    } else if (same_key(press.event, letter(U'-')) || press.event.key == Key::del) {
        remove_screen(press);
    } else {
        return false;
    }
    return true;
}

void draw_name(Frame& frame, const Scene& scene) {
    const ViewState& state = scene.state;
    const int x = draw_prompt(frame, scene, "Name of the screen: ");
    frame.put(x + 2, frame.height() - 1, state.message, state.message_is_warning ? Role::warn : Role::prompt);
}

/// What is wrong with the name is shown; Esc leaves.
bool add_shown(KeyPress& press) {
    ViewState& state = press.state;
    SavedScreen screen = view_of(state);
    screen.name = state.menu.prompt;
    std::vector<SavedScreen> saved(state.screens.empty() ? state.screens.begin() : state.screens.begin() + 1,
                                   state.screens.end());
    if (const Result<void> added = add_screen(saved, std::move(screen)); !added.ok()) {
        press.warn(added.error().text());
        return false;
    }
    state.screens = screens_now(state);
    state.screens.push_back(std::move(saved.back()));
    state.screen = state.screens.size() - 1;
    state.message = fmt::format("screen {}: Tab goes to the next one", state.screens.back().name);
    return true;
}

bool type_name(KeyPress& press) {
    return type_in_prompt(press, {.most = kMaxName, .accept = add_shown});
}

}  // namespace

constinit const Page kScreenMenu{
    .name = "screens",
    .kind = PageKind::overlay,
    .type = screen_key,
    .menu = screen_menu,
    .pick = pick_screen,
};

constinit const Page kScreenPrompt{
    .name = "screen name",
    .kind = PageKind::overlay,
    .draw_bottom = draw_name,
    .type = type_name,
};

void open_screen_menu(KeyPress& press) {
    press.state.screens = screens_now(press.state);
    open_menu(press.state, kScreenMenu, press.state.screen);
}

void walk_screens(KeyPress& press, bool forwards) {
    const std::size_t size = screens_now(press.state).size();
    if (size < 2) {
        press.state.message = "there is only one screen: Ctrl-T, then + adds this view as another";
        return;
    }
    go_to(press, (press.state.screen + (forwards ? 1 : size - 1)) % size);
}

}  // namespace tsa
