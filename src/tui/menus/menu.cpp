// See menu.h.
#include "tui/menus/menu.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/keys.h"
#include "tui/menus/signal_text.h"
#include "tui/overview/layout.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr std::string_view kSigPrefix = "SIG";
constexpr int kIntroWidth = 72;

Menu sort_menu(const ViewState& state) {
    Menu menu{"Sort by", "Enter picks, Esc leaves", {}, 11, state.menu_cursor};
    for (const SortChoice& choice : sort_choices(state.replay.has_value())) {
        const Role role = choice.key == state.sort_key ? Role::tagged : Role::text;
        menu.lines.push_back(
            {std::string(choice.head), std::string(choice.help), role, {}, std::string(choice.head), {}});
    }
    return menu;
}

Menu column_menu(const ViewState& state) {
    Menu menu{"Columns", "Space shows or hides, Ctrl-R resets, Esc leaves", {}, 24, state.menu_cursor};
    for (const ColumnChoice& choice : column_choices(state, state.width)) {
        menu.lines.push_back({fmt::format("[{}] {}", choice.shown ? "x" : " ", choice.head),
                              std::string(choice.help),
                              Role::text,
                              {},
                              std::string(choice.head),
                              {}});
    }
    return menu;
}

Menu signal_menu(const ViewState& state) {
    Menu menu{fmt::format("Signal to {}", target_text(state.signal_targets)),
              "Enter asks, Esc leaves",
              {},
              2,
              state.menu_cursor};
    for (const SignalInfo& signal : signals()) {
        const std::string effect = effect_text(signal, state.signal_targets);
        std::string words = effect.empty() ? std::string(signal.name) : fmt::format("{:<10} {}", signal.name, effect);
        menu.lines.push_back({fmt::format("{:>2}", signal.number), std::move(words), Role::text,
                              fmt::format("{}", signal.number), std::string(signal.name.substr(kSigPrefix.size())),
                              std::string(signal.name)});
    }
    return menu;
}

Menu user_menu(const ViewState& state, const Report& report, const Machine& machine) {
    Menu menu{"Only the threads of", "Enter picks, Esc leaves", {}, 10, state.menu_cursor};
    menu.lines.push_back({"all", "every user", Role::text, {}, "all", {}});
    for (const std::uint32_t uid : users_of(report)) {
        const std::string name(machine.user_name ? machine.user_name(uid) : "");
        const std::string number = fmt::format("{}", uid);
        menu.lines.push_back({number, name, Role::text, number, name, {}});
    }
    return menu;
}

Menu accounting_menu(const ViewState& state) {
    Menu menu{"Delay accounting", "Enter picks, Esc: no", {}, 40, state.menu_cursor, kAccountingWords};
    for (const std::string_view choice : accounting_choices()) {
        menu.lines.push_back({std::string(choice), "", Role::text, {}, std::string(choice), {}});
    }
    return menu;
}

Menu help_menu(const ViewState& state) {
    Menu menu{"rstat-tsa: where does each thread's time go",
              "arrows scroll, any other key closes",
              {},
              14,
              state.help_scroll,
              {},
              true};
    for (const HelpLine& line : help_lines(state.replay.has_value())) {
        const Role role = line.state ? role_of(*line.state) : (line.heading ? Role::strong : Role::key);
        menu.lines.push_back({line.left, line.right, role, {}, {}, {}});
    }
    return menu;
}

std::optional<Menu> bare_menu(const ViewState& state, const Report& report, const Machine& machine) {
    switch (state.overlay) {
        case Overlay::help:
            return help_menu(state);
        case Overlay::sort_menu:
            return sort_menu(state);
        case Overlay::column_menu:
            return column_menu(state);
        case Overlay::signal_menu:
            return signal_menu(state);
        case Overlay::user_menu:
            return user_menu(state, report, machine);
        case Overlay::accounting:
            return accounting_menu(state);
        default:
            return std::nullopt;
    }
}

bool begins_ignoring_case(std::string_view text, std::string_view part) {
    return text.size() >= part.size() && contains_ignoring_case(text.substr(0, part.size()), part);
}

}  // namespace

std::optional<Menu> open_menu_of(const ViewState& state, const Report& report, const Machine& machine) {
    std::optional<Menu> menu = bare_menu(state, report, machine);
    if (!menu || menu->is_help) {
        return menu;
    }
    // Lines that have no number of their own are counted.
    const bool numbered = std::ranges::any_of(menu->lines, [](const MenuLine& line) { return !line.number.empty(); });
    for (std::size_t at = 0; at < menu->lines.size() && !numbered; ++at) {
        menu->lines[at].number = fmt::format("{}", at + 1);
    }
    menu->hint =
        fmt::format("{}, {}", state.menu_typed.empty() ? "type to select" : "typed " + state.menu_typed, menu->hint);
    return menu;
}

std::size_t menu_size(const ViewState& state, const Report& report, const Machine& machine) {
    const std::optional<Menu> menu = bare_menu(state, report, machine);
    return menu ? menu->lines.size() : 0;
}

std::optional<std::size_t> line_typed(const Menu& menu, std::string_view typed, std::optional<std::size_t> after) {
    using Fits = bool (*)(const MenuLine& line, std::string_view typed);
    static constexpr Fits kFits[] = {
        [](const MenuLine& line, std::string_view text) { return line.number == text; },
        [](const MenuLine& line, std::string_view text) { return line.number.starts_with(text); },
        [](const MenuLine& line, std::string_view text) { return begins_ignoring_case(line.name, text); },
        [](const MenuLine& line, std::string_view text) { return begins_ignoring_case(line.longer_name, text); },
    };
    const std::size_t size = menu.lines.size();
    const std::size_t first = after ? *after + 1 : 0;
    for (const Fits fits : kFits) {
        for (std::size_t step = 0; step < size; ++step) {
            const std::size_t at = (first + step) % size;
            if (fits(menu.lines[at], typed)) {
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
    // The title has room for the place in the list beside it: "28-30 of 30".
    constexpr int kPlaceWidth = 16;
    const int needed = std::max({menu.left_width + right_width + 5, text_width(menu.title, unicode) + kPlaceWidth,
                                 text_width(menu.hint, unicode) + 4, intro.empty() ? 0 : kIntroWidth + 2});
    at.width = std::min(width, menu.is_help ? width : needed);
    at.x = (width - at.width) / 2;
    at.y = std::max(0, (height - at.height) / 2);
    // The lines are what one picks from: text that does not fit beside them is left out, its end first.
    const int intro_rows = std::min(intro_wanted, std::max(at.height - 2 - lines, 0));
    at.rows_y = at.y + 1 + intro_rows;
    at.rows = std::max(at.height - 2 - intro_rows, 0);
    const auto rows = static_cast<std::size_t>(at.rows);
    const std::size_t most = menu.lines.size() > rows ? menu.lines.size() - rows : 0;
    if (menu.is_help) {
        at.first = std::min(menu.cursor, most);
    } else {
        at.first = menu.cursor >= rows / 2 ? std::min(menu.cursor - rows / 2, most) : 0;
    }
    return at;
}

}  // namespace tsa
