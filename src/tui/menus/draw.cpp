// Draws what covers the table: the help page, the menus (menu.cpp has their lines), and the bottom line with its
// keys, prompts and messages.
#include <fmt/format.h>

#include <algorithm>

#include "tui/keys.h"
#include "tui/menus/menu.h"
#include "tui/menus/signal_text.h"
#include "tui/replay/replay.h"
#include "tui/text.h"
#include "tui/view.h"

namespace tsa {
namespace {

// "1-18 of 30", when not all lines fit.
std::string place_text(const Menu& menu, const MenuBounds& at) {
    const auto rows = static_cast<std::size_t>(at.rows);
    if (menu.lines.size() <= rows) {
        return {};
    }
    return fmt::format("{}-{} of {}", at.first + 1, std::min(at.first + rows, menu.lines.size()), menu.lines.size());
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

void draw_menu(Frame& frame, const Menu& menu, const MenuBounds& at) {
    draw_border(frame, menu, at);
    const std::vector<std::string> intro = menu_intro(menu, frame.width(), frame.unicode());
    for (int y = at.y + 1; y < at.rows_y; ++y) {
        const auto line = static_cast<std::size_t>(y - at.y - 1);
        frame.put(at.x + 1, y, line < intro.size() ? intro[line] : "", Role::text, at.width - 2);
    }
    for (int row = 0; row < at.rows; ++row) {
        const std::size_t number = at.first + static_cast<std::size_t>(row);
        if (number >= menu.lines.size()) {
            break;
        }
        const MenuLine& line = menu.lines[number];
        const int y = at.rows_y + row;
        const int label_width = line.right.empty() ? at.width - 2 : menu.left_width;
        frame.put(at.x + 1, y, line.left, line.role, std::min(label_width, at.width - 2));
        frame.put(at.x + 1 + menu.left_width + 2, y, line.right, Role::text, at.width - menu.left_width - 4);
        if (!menu.is_help && number == menu.cursor) {
            frame.select(at.x, y, at.width);
        }
    }
}

void draw_keys(Frame& frame, const ViewState& state, int y) {
    for (const BarItem& item : bar_items(state, frame.width())) {
        const int x = frame.put(item.x, y, item.name, Role::key);
        frame.put(x, y, item.label, Role::label, item.width - static_cast<int>(item.name.size()) - 1);
    }
}

// The question before a signal takes as many lines as it needs: nothing of it may be cut off.
void draw_question(Frame& frame, const Scene& scene) {
    const SignalQuestion question = signal_question(scene.state.signal, scene.state.signal_targets);
    std::vector<std::string> lines{question.what + " " + question.answers};
    if (text_width(lines.front(), scene.unicode) > frame.width()) {
        lines = wrap_words(question.what, frame.width(), scene.unicode);
        for (std::string& line : wrap_words(question.answers, frame.width(), scene.unicode)) {
            lines.push_back(std::move(line));
        }
    }
    int y = frame.height() - static_cast<int>(lines.size());
    for (const std::string& line : lines) {
        frame.fill(0, y, frame.width(), 1, U' ', Role::warn);
        frame.put(0, y++, line, Role::warn);
    }
}

}  // namespace

void draw_bottom(Frame& frame, const Scene& scene) {
    const ViewState& state = scene.state;
    const int y = frame.height() - 1;
    const auto line = [&](std::string_view words, Role role) {
        frame.fill(0, y, frame.width(), 1, U' ', role);
        frame.put(0, y, words, role);
    };
    const char* const cursor = scene.unicode ? "▏" : "_";
    if (state.overlay == Overlay::search_prompt) {
        const std::string_view miss = state.message_is_warning ? "   not found" : "";
        line(fmt::format("Search: {}{}{}", state.prompt, cursor, miss), Role::prompt);
    } else if (state.overlay == Overlay::filter_prompt) {
        line(fmt::format("Filter: {}{}", state.prompt, cursor), Role::prompt);
    } else if (state.overlay == Overlay::jump_prompt) {
        line(jump_prompt_words(state, cursor), state.message_is_warning ? Role::warn : Role::prompt);
    } else if (state.overlay == Overlay::confirm_signal) {
        draw_question(frame, scene);
    } else if (!state.message.empty()) {
        line(state.message, state.message_is_warning ? Role::warn : Role::prompt);
    } else {
        draw_keys(frame, state, y);
    }
}

void draw_overlay(Frame& frame, const Scene& scene) {
    if (const std::optional<Menu> menu = open_menu_of(scene.state, scene.report, scene.machine)) {
        draw_menu(frame, *menu, place_menu(*menu, frame.width(), frame.height(), scene.unicode));
    }
}

MenuBounds menu_bounds(const Scene& scene, int width, int height) {
    const std::optional<Menu> menu = open_menu_of(scene.state, scene.report, scene.machine);
    return menu ? place_menu(*menu, width, height, scene.unicode) : MenuBounds{};
}

}  // namespace tsa
