// SPDX-License-Identifier: MIT
// See menu.h: what typed text selects, where a menu is placed, and how it is drawn.
#include "tui/menus/menu.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/text.h"

namespace tsa {
namespace {

constexpr int kIntroWidth = 72;

bool begins_ignoring_case(std::string_view text, std::string_view part) {
    return text.size() >= part.size() && contains_ignoring_case(text.substr(0, part.size()), part);
}

Menu menu_of(const Scene& scene, const Page& overlay) {
    Menu menu = overlay.menu(scene.state, scene.report, scene.machine);
    if (menu.is_help) {
        return menu;
    }
    const std::string& typed = scene.state.menu.typed;
    menu.hint = fmt::format("{}, {}", typed.empty() ? "type to select" : "typed " + typed, menu.hint);
    return menu;
}

/// Lines that it has room for.
std::size_t room_of(const Menu& menu, const MenuBounds& at) {
    return static_cast<std::size_t>(at.rows) * static_cast<std::size_t>(menu.columns);
}

// "1-18 of 30", if not all lines fit.
std::string place_text(const Menu& menu, const MenuBounds& at) {
    const std::size_t room = room_of(menu, at);
    if (menu.lines.size() <= room) {
        return {};
    }
    return fmt::format("{}-{} of {}", at.first + 1, std::min(at.first + room, menu.lines.size()), menu.lines.size());
}

void draw_border(Frame& frame, const Menu& menu, const MenuBounds& at) {
    frame.fill(at.x, at.y, at.width, at.height, U' ', Role::text);
    frame.fill(at.x, at.y, at.width, 1, U' ', Role::box);
    frame.fill(at.x, at.y + at.height - 1, at.width, 1, U' ', Role::box);
    const std::string place = place_text(menu, at);
    const int place_width = place.empty() ? 0 : static_cast<int>(place.size()) + 2;
    frame.put(at.x + 1, at.y, menu.title, Role::box, at.width - 2 - place_width);
    frame.put_right(at.x + at.width - 1, at.y, static_cast<int>(place.size()), place, Role::box);
    frame.put(at.x + 1, at.y + at.height - 1, menu.hint, Role::box, at.width - 2);
}

}  // namespace

std::optional<std::size_t> line_typed(const Menu& menu, std::string_view typed, std::optional<std::size_t> after) {
    using Fits = bool (*)(const MenuLine& line, std::string_view number, std::string_view typed);
    static constexpr Fits kFits[] = {
        [](const MenuLine&, std::string_view number, std::string_view text) { return number == text; },
        [](const MenuLine&, std::string_view number, std::string_view text) { return number.starts_with(text); },
        [](const MenuLine& line, std::string_view, std::string_view text) {
            return begins_ignoring_case(line.name, text);
        },
        [](const MenuLine& line, std::string_view, std::string_view text) {
            return begins_ignoring_case(line.longer_name, text);
        },
    };
    // If no line has its own number, lines are numbered.
    const bool numbered = std::ranges::any_of(menu.lines, [](const MenuLine& line) { return !line.number.empty(); });
    const std::size_t size = menu.lines.size();
    const std::size_t first = after ? *after + 1 : 0;
    for (const Fits fits : kFits) {
        for (std::size_t step = 0; step < size; ++step) {
            const std::size_t at = (first + step) % size;
            const MenuLine& line = menu.lines[at];
            if (fits(line, numbered ? line.number : fmt::format("{}", at + 1), typed)) {
                return at;
            }
        }
    }
    return std::nullopt;
}

std::vector<std::string> menu_intro(const Menu& menu, int width, bool unicode) {
    return wrap_words(menu.intro, std::min(kIntroWidth, width - 2), unicode);
}

MenuBounds place_menu(const Menu& menu, int width, int height, bool unicode) {
    const std::vector<std::string> intro = menu_intro(menu, width, unicode);
    const int lines = static_cast<int>(menu.lines.size());
    const int intro_wanted = intro.empty() ? 0 : static_cast<int>(intro.size()) + 1;
    int right_width = 0;
    for (const MenuLine& line : menu.lines) {
        right_width = std::max(right_width, text_width(line.right, unicode));
    }
    MenuBounds at;
    at.height = std::min(menu.is_help ? height : height - 2, lines + intro_wanted + 2);
    // The title has room for the position in the list: "28-30 of 30".
    constexpr int kPlaceWidth = 16;
    const int needed = std::max({menu.left_width + right_width + 5, text_width(menu.title, unicode) + kPlaceWidth,
                                 text_width(menu.hint, unicode) + 4, intro.empty() ? 0 : kIntroWidth + 2});
    at.width = std::min(width, menu.is_help ? width : needed);
    at.x = (width - at.width) / 2;
    at.y = std::max(0, (height - at.height) / 2);
    // The lines to select from have priority: text that does not fit is left out, its end first.
    const int intro_rows = std::min(intro_wanted, std::max(at.height - 2 - lines, 0));
    at.rows_y = at.y + 1 + intro_rows;
    at.rows = std::max(at.height - 2 - intro_rows, 0);
    const auto rows = static_cast<std::size_t>(at.rows);
    const std::size_t room = room_of(menu, at);
    const std::size_t most = menu.lines.size() > room ? menu.lines.size() - room : 0;
    if (menu.is_help) {
        at.first = std::min(menu.cursor, most);
    } else {
        at.first = menu.cursor >= rows / 2 ? std::min(menu.cursor - rows / 2, most) : 0;
    }
    return at;
}

namespace {

int column_width(const Menu& menu, int width) {
    return width / menu.columns;
}

void draw_line(Frame& frame, const Menu& menu, const MenuLine& line, int x, int y, int menu_width) {
    const int width = column_width(menu, menu_width);
    const int label_width = line.right.empty() ? width - 2 : menu.left_width;
    frame.put(x + 1, y, line.left, line.role, std::min(label_width, width - 2));
    frame.put(x + 1 + menu.left_width + 2, y, line.right, Role::text, width - menu.left_width - 4);
}

}  // namespace

void draw_menu(Frame& frame, const Scene& scene, const Page& overlay) {
    const Menu menu = menu_of(scene, overlay);
    const MenuBounds at = place_menu(menu, frame.width(), frame.height(), scene.unicode);
    draw_border(frame, menu, at);
    const std::vector<std::string> intro = menu_intro(menu, frame.width(), frame.unicode());
    for (int y = at.y + 1; y < at.rows_y; ++y) {
        const auto line = static_cast<std::size_t>(y - at.y - 1);
        frame.put(at.x + 1, y, line < intro.size() ? intro[line] : "", Role::text, at.width - 2);
    }
    const std::size_t end = std::min(menu.lines.size(), at.first + room_of(menu, at));
    for (std::size_t number = at.first; number < end; ++number) {
        const int nth = static_cast<int>(number - at.first);
        const int y = at.rows_y + nth % at.rows;
        draw_line(frame, menu, menu.lines[number], at.x + nth / at.rows * column_width(menu, at.width), y, at.width);
        if (!menu.is_help && number == menu.cursor) {
            frame.select(at.x, y, at.width);
        }
    }
}

void note_menu(ViewState& state, const Scene& scene, int width, int height) {
    const Page* overlay = overlay_of(scene.state);
    if (overlay != nullptr && overlay->menu != nullptr) {
        state.menu.bounds = place_menu(menu_of(scene, *overlay), width, height, scene.unicode);
    }
}

}  // namespace tsa
