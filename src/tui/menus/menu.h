// A menu as data: what its lines say, what selects them when it is typed, and where it is on a screen. The overlay
// draws it, the key handling picks from it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tui/view.h"

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
};

/// The menu or help page that is open; absent: none is.
[[nodiscard]] std::optional<Menu> open_menu_of(const ViewState& state, const Report& report, const Machine& machine);
/// Lines that it has; 0: none is open.
[[nodiscard]] std::size_t menu_size(const ViewState& state, const Report& report, const Machine& machine);

/// The line that `typed` selects: by its number, whole or begun, else by the beginning of a name; the first such line.
/// `after`: looked for from the line after this one on, and around.
[[nodiscard]] std::optional<std::size_t> line_typed(const Menu& menu, std::string_view typed,
                                                    std::optional<std::size_t> after = std::nullopt);

/// The text above its lines, wrapped to the menu's width.
[[nodiscard]] std::vector<std::string> menu_intro(const Menu& menu, int width, bool unicode);
/// Where it is on a screen of that size: in the middle, scrolled so that the cursor is inside.
[[nodiscard]] MenuBounds place_menu(const Menu& menu, int width, int height, bool unicode);

}  // namespace tsa
