// SPDX-License-Identifier: MIT
// The keys of every menu: see menu.h.
#include <algorithm>
#include <optional>

#include "tui/menus/menu.h"
#include "tui/scrolling.h"
#include "tui/text.h"

namespace tsa {
namespace {

bool is(const KeyEvent& event, const KeyEvent& key) {
    return same_key(event, key);
}

void leave(KeyPress& press, const Page& overlay) {
    if (overlay.leave != nullptr) {
        overlay.leave(press);
    }
    close_page(press.state);
}

// True: a line is selected, by the text typed so far and this character, or by this character alone. The same letter
// again moves to the next line that starts with it.
bool select_by_typing(MenuState& state, const Menu& menu, char32_t character) {
    std::string first;
    append_utf8(first, character);
    const std::string longer = state.typed + first;
    std::optional<std::size_t> line = line_typed(menu, longer);
    const bool goes_on = line.has_value();
    if (!goes_on && character != U' ') {
        const bool again = state.typed == first;
        line = line_typed(menu, first, again ? std::optional(state.cursor) : std::nullopt);
    }
    if (line) {
        state.cursor = *line;
        state.typed = goes_on ? longer : first;
    }
    return line.has_value();
}

void drop_typed(MenuState& state, const Menu& menu) {
    drop_last_character(state.typed);
    if (!state.typed.empty()) {
        state.cursor = line_typed(menu, state.typed).value_or(state.cursor);
    }
}

// A number or the start of a name; q closes the menu if no line starts with it.
void type_in_menu(KeyPress& press, const Page& overlay, const Menu& menu) {
    ViewState& state = press.state;
    const char32_t character = press.event.character;
    if (select_by_typing(state.menu, menu, character)) {
        return;
    }
    if (character == U'q') {
        leave(press, overlay);
        return;
    }
    state.menu.typed.clear();
    if (character != U' ') {
        state.message = "no line begins with ";
        append_utf8(state.message, character);
    }
}

// On a line: selects and confirms it. On the border: nothing. Outside the menu: closes it.
void click_in_menu(KeyPress& press, const Page& overlay, std::size_t size) {
    MenuState& menu = press.state.menu;
    const MenuBounds& at = menu.bounds;
    const KeyEvent& event = press.event;
    const bool inside = event.x >= at.x && event.x < at.x + at.width && event.y >= at.y && event.y < at.y + at.height;
    if (!inside) {
        leave(press, overlay);
        return;
    }
    const int row = event.y - at.rows_y;
    const std::size_t line = at.first + static_cast<std::size_t>(std::max(row, 0));
    if (row >= 0 && row < at.rows && line < size) {
        menu.cursor = line;
        menu.typed.clear();
        overlay.pick(press);
    }
}

/// Without the letters: in a menu they select a line.
std::optional<CursorMove> move_of(const KeyEvent& event) {
    if (event.key == Key::up || is(event, control(U'P')) || event.key == Key::wheel_up) {
        return CursorMove::up;
    }
    if (event.key == Key::down || is(event, control(U'N')) || event.key == Key::wheel_down) {
        return CursorMove::down;
    }
    if (event.key == Key::page_up || is(event, control(U'B'))) {
        return CursorMove::page_up;
    }
    if (event.key == Key::page_down || is(event, control(U'F'))) {
        return CursorMove::page_down;
    }
    if (event.key == Key::home) {
        return CursorMove::first;
    }
    return event.key == Key::end ? std::optional(CursorMove::last) : std::nullopt;
}

}  // namespace

bool move_in(std::size_t& at, std::size_t size, std::size_t page, const KeyEvent& event) {
    const std::optional<CursorMove> move = move_of(event);
    const std::size_t last = size > 0 ? size - 1 : 0;
    at = move ? moved(at, last, page, *move) : std::min(at, last);
    return move.has_value();
}

std::size_t rows_of(const MenuBounds& bounds) {
    return static_cast<std::size_t>(std::max(bounds.rows, 1));
}

void open_menu(ViewState& state, const Page& menu, std::size_t cursor) {
    state.menu = {};
    state.menu.cursor = cursor;
    open_page(state, menu);
}

void menu_key(KeyPress& press, const Page& overlay) {
    ViewState& state = press.state;
    const KeyEvent& event = press.event;
    const Menu menu = overlay.menu(state, press.report, press.machine);
    const std::size_t size = menu.lines.size();
    if (size == 0) {
        close_page(state);
    } else if (move_in(state.menu.cursor, size, rows_of(state.menu.bounds), event)) {
        state.menu.typed.clear();
    } else if (event.key == Key::enter) {
        overlay.pick(press);
    } else if (event.key == Key::escape || event.key == Key::f10) {
        leave(press, overlay);
    } else if (event.key == Key::click) {
        click_in_menu(press, overlay, size);
    } else if (event.key == Key::backspace) {
        drop_typed(state.menu, menu);
    } else if (event.key == Key::character && event.character >= 0x20) {
        type_in_menu(press, overlay, menu);
    }
}

}  // namespace tsa
