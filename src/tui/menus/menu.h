// SPDX-License-Identifier: MIT
// A menu as data: what its lines say, what selects them when it is typed, and where it is on a screen; and the keys
// that are the same in every menu. A page with Page::menu is drawn and handled by these.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tui/page.h"

namespace tsa {

struct MenuLine {
    std::string left, right;
    Role role = Role::text;
    std::string number;             ///< typed, it selects the line
    std::string name, longer_name;  ///< so does the beginning of either, in any case: "KILL" and "SIGKILL"
};

struct Menu {
    std::string title;
    std::string hint;
    std::vector<MenuLine> lines;
    int left_width = 0;
    std::size_t cursor = 0;
    std::string_view intro{};  ///< text above the lines
    bool is_help = false;      ///< has the whole screen, and no cursor
    int columns = 1;           ///< beside each other: what does not fit below goes on in the next one
};

/// The line that `typed` selects: by its number, whole or begun, else by the beginning of a name; the first such line.
/// `after`: looked for from the line after this one on, and around.
[[nodiscard]] std::optional<std::size_t> line_typed(const Menu& menu, std::string_view typed,
                                                    std::optional<std::size_t> after = std::nullopt);

/// The text above its lines, wrapped to the menu's width.
[[nodiscard]] std::vector<std::string> menu_intro(const Menu& menu, int width, bool unicode);
/// Where it is on a screen of that size: in the middle, scrolled so that the cursor is inside.
[[nodiscard]] MenuBounds place_menu(const Menu& menu, int width, int height, bool unicode);

/// Draws the menu of the overlay that is open.
void draw_menu(Frame& frame, const Scene& scene, const Page& overlay);
/// Notes where the menu is that is open.
void note_menu(ViewState& state, const Scene& scene, int width, int height);
/// Letters and digits select a line, so none of them moves, closes or resets in a menu.
void menu_key(KeyPress& press, const Page& overlay);
/// A menu with nothing typed or selected.
void open_menu(ViewState& state, const Page& menu, std::size_t cursor = 0);

/// Moves `at` as a list's cursor does. False: not a moving key.
bool move_in(std::size_t& at, std::size_t size, std::size_t page, const KeyEvent& event);
/// Lines to pick from on the screen, at least one.
[[nodiscard]] std::size_t rows_of(const MenuBounds& bounds);

}  // namespace tsa
