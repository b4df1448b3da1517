// What lies over the table: the help page, the menus, and the bottom line with its keys, prompts and messages.
#include <fmt/format.h>

#include <algorithm>

#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/replay.h"
#include "tui/text.h"
#include "tui/view.h"

namespace tsa {
namespace {

struct MenuLine {
    std::string left, right;
    Role role = Role::text;
};

struct Menu {
    std::string title;
    std::string hint;
    std::vector<MenuLine> lines;
    int left_width = 0;
    std::size_t cursor = 0;
    std::string_view words{};  ///< stands above the lines
};

Menu sort_menu(const ViewState& state) {
    Menu menu{"Sort by", "Enter picks, Esc leaves it", {}, 11, state.menu_cursor};
    for (const SortChoice& choice : sort_choices(state.replay.has_value())) {
        const bool now = choice.key == state.sort_key;
        menu.lines.push_back({std::string(choice.head), std::string(choice.help), now ? Role::tagged : Role::text});
    }
    return menu;
}

Menu column_menu(const ViewState& state) {
    Menu menu{"Columns", "Space shows or hides, r resets, Esc is done", {}, 24, state.menu_cursor};
    for (const ColumnChoice& choice : column_choices(state, state.width)) {
        menu.lines.push_back(
            {fmt::format("[{}] {}", choice.shown ? "x" : " ", choice.head), std::string(choice.help), Role::text});
    }
    return menu;
}

Menu signal_menu(const ViewState& state) {
    Menu menu{fmt::format("Signal to {}", state.target_words),
              "Enter asks once more, Esc leaves it",
              {},
              2,
              state.menu_cursor};
    for (const SignalName& signal : signals()) {
        menu.lines.push_back({fmt::format("{:>2}", signal.number), std::string(signal.name), Role::text});
    }
    return menu;
}

Menu user_menu(const Scene& scene) {
    Menu menu{"Only the threads of", "Enter picks, Esc leaves it", {}, 10, scene.state.menu_cursor};
    menu.lines.push_back({"all", "every user", Role::text});
    for (const std::uint32_t uid : users_of(scene.report)) {
        const std::string_view name = scene.machine.user_name ? scene.machine.user_name(uid) : "";
        menu.lines.push_back({fmt::format("{}", uid), std::string(name), Role::text});
    }
    return menu;
}

Menu accounting_menu(const ViewState& state) {
    Menu menu{"Delay accounting", "Enter picks, Esc: no", {}, 40, state.menu_cursor, kAccountingWords};
    for (const std::string_view choice : accounting_choices()) {
        menu.lines.push_back({std::string(choice), "", Role::text});
    }
    return menu;
}

Menu help_menu(const ViewState& state) {
    Menu menu{"rstat-tsa: where does each thread's time go",
              "arrows scroll, any other key closes",
              {},
              14,
              state.help_scroll};
    for (const HelpLine& line : help_lines(state.replay.has_value())) {
        const Role role = line.state ? role_of(*line.state) : (line.heading ? Role::strong : Role::key);
        menu.lines.push_back({line.left, line.right, role});
    }
    return menu;
}

constexpr int kWordsWidth = 72;

// A box in the middle (help: the whole screen), scrolled so that the cursor is inside.
void draw_menu(Frame& frame, const Menu& menu, bool is_help, bool unicode) {
    const std::vector<std::string> words = wrap_words(menu.words, std::min(kWordsWidth, frame.width() - 2), unicode);
    const int wanted_height = static_cast<int>(menu.lines.size() + words.size() + (words.empty() ? 0 : 1)) + 2;
    const int height = std::min(is_help ? frame.height() : frame.height() - 2, wanted_height);
    int text_width_wanted = 0;
    for (const MenuLine& line : menu.lines) {
        text_width_wanted = std::max(text_width_wanted, text_width(line.right, unicode));
    }
    const int needed = std::max({menu.left_width + text_width_wanted + 5, text_width(menu.title, unicode) + 4,
                                 text_width(menu.hint, unicode) + 4, words.empty() ? 0 : kWordsWidth + 2});
    const int width = std::min(frame.width(), is_help ? frame.width() : needed);
    const int left = (frame.width() - width) / 2;
    const int top = std::max(0, (frame.height() - height) / 2);
    frame.fill(left, top, width, height, U' ', Role::text);
    frame.fill(left, top, width, 1, U' ', Role::box);
    frame.put(left + 1, top, menu.title, Role::box, width - 2);
    frame.fill(left, top + height - 1, width, 1, U' ', Role::box);
    frame.put(left + 1, top + height - 1, menu.hint, Role::box, width - 2);
    // The lines are what one picks from: words that do not fit beside them are left out, last ones first.
    const int for_words = std::max(height - 2 - static_cast<int>(menu.lines.size()), 0);
    const int words_rows = words.empty() ? 0 : std::min(static_cast<int>(words.size()) + 1, for_words);
    for (int at = 0; at < std::min(words_rows, static_cast<int>(words.size())); ++at) {
        frame.put(left + 1, top + 1 + at, words[static_cast<std::size_t>(at)], Role::text, width - 2);
    }
    const int inside = height - 2 - words_rows;
    if (inside <= 0) {
        return;
    }
    const std::size_t rows = static_cast<std::size_t>(inside);
    const std::size_t most = menu.lines.size() > rows ? menu.lines.size() - rows : 0;
    std::size_t first = std::min(menu.cursor, most);
    if (!is_help) {
        first = menu.cursor >= rows / 2 ? std::min(menu.cursor - rows / 2, most) : 0;
    }
    for (std::size_t at = first; at < menu.lines.size() && at < first + rows; ++at) {
        const MenuLine& line = menu.lines[at];
        const int y = top + 1 + words_rows + static_cast<int>(at - first);
        const int label_width = line.right.empty() ? width - 2 : menu.left_width;
        frame.put(left + 1, y, line.left, line.role, std::min(label_width, width - 2));
        frame.put(left + 1 + menu.left_width + 2, y, line.right, Role::text, width - menu.left_width - 4);
        if (!is_help && at == menu.cursor) {
            frame.select(left, y, width);
        }
    }
}

void draw_keys(Frame& frame, const ViewState& state, int y) {
    for (const BarItem& item : bar_items(state, frame.width())) {
        const int x = frame.put(item.x, y, item.name, Role::key);
        frame.put(x, y, item.label, Role::label, item.width - static_cast<int>(item.name.size()) - 1);
    }
}

std::string signal_name(int number) {
    for (const SignalName& signal : signals()) {
        if (signal.number == number) {
            return std::string(signal.name);
        }
    }
    return fmt::format("signal {}", number);
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
        line(fmt::format("Send {} to {}? y: yes, any other key: no", signal_name(state.signal), state.target_words),
             Role::warn);
    } else if (!state.message.empty()) {
        line(state.message, state.message_is_warning ? Role::warn : Role::prompt);
    } else {
        draw_keys(frame, state, y);
    }
}

void draw_overlay(Frame& frame, const Scene& scene) {
    switch (scene.state.overlay) {
        case Overlay::help:
            draw_menu(frame, help_menu(scene.state), true, scene.unicode);
            break;
        case Overlay::sort_menu:
            draw_menu(frame, sort_menu(scene.state), false, scene.unicode);
            break;
        case Overlay::column_menu:
            draw_menu(frame, column_menu(scene.state), false, scene.unicode);
            break;
        case Overlay::signal_menu:
            draw_menu(frame, signal_menu(scene.state), false, scene.unicode);
            break;
        case Overlay::user_menu:
            draw_menu(frame, user_menu(scene), false, scene.unicode);
            break;
        case Overlay::accounting:
            draw_menu(frame, accounting_menu(scene.state), false, scene.unicode);
            break;
        default:
            break;
    }
}

}  // namespace tsa
