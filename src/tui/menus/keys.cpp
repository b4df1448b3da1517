// Keys while something covers the table: help, menus, prompts, and the question before a signal is sent. In a menu
// letters and digits select a line, so none of them moves, closes or resets there.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "tui/keys.h"
#include "tui/menus/menu.h"
#include "tui/menus/signal_text.h"
#include "tui/menus/targets.h"
#include "tui/overview/layout.h"
#include "tui/replay/replay.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr std::size_t kMaxPrompt = 64;

void close(ViewState& state) {
    state.overlay = Overlay::none;
    state.prompt.clear();
    state.menu_typed.clear();
}

bool is(const KeyEvent& event, char32_t character) {
    return event.key == Key::character && event.character == character;
}

bool is_control(const KeyEvent& event, char32_t letter) {
    return is(event, letter - U'@');
}

// Moves `at` as a list's cursor does. False: not a moving key.
bool move_in(std::size_t& at, std::size_t size, std::size_t page, const KeyEvent& event) {
    const std::size_t last = size > 0 ? size - 1 : 0;
    at = std::min(at, last);
    if (event.key == Key::up || is_control(event, U'P') || event.key == Key::wheel_up) {
        at -= at > 0 ? 1 : 0;
    } else if (event.key == Key::down || is_control(event, U'N') || event.key == Key::wheel_down) {
        ++at;
    } else if (event.key == Key::page_up || is_control(event, U'B')) {
        at -= std::min(at, page);
    } else if (event.key == Key::page_down || is_control(event, U'F')) {
        at += page;
    } else if (event.key == Key::home) {
        at = 0;
    } else if (event.key == Key::end) {
        at = last;
    } else {
        return false;
    }
    at = std::min(at, last);
    return true;
}

std::size_t page_of(const ViewState& state) {
    return static_cast<std::size_t>(std::max(state.menu_bounds.rows, 1));
}

// Nothing is picked from the help page, so letters move there as they do in a pager.
void help_key(ViewState& state, const KeyEvent& event, std::size_t size) {
    static constexpr std::array<std::pair<char32_t, Key>, 4> kLetters{
        {{U'j', Key::down}, {U'k', Key::up}, {U'g', Key::home}, {U'G', Key::end}}};
    KeyEvent moves = event;
    for (const auto& [letter, key] : kLetters) {
        moves = is(event, letter) ? KeyEvent{key, 0, 0, 0} : moves;
    }
    // It scrolls by what is not on the screen.
    const std::size_t page = page_of(state);
    const std::size_t hidden = size > page ? size - page : 0;
    if (!move_in(state.help_scroll, hidden + 1, page, moves)) {
        close(state);
    }
}

void toggle_column(ViewState& state) {
    const std::vector<ColumnChoice> choices = column_choices(state, state.width);
    if (state.menu_cursor >= choices.size()) {
        return;
    }
    const ColumnChoice& choice = choices[state.menu_cursor];
    std::erase(state.columns_shown, choice.key);
    std::erase(state.columns_hidden, choice.key);
    (choice.shown ? state.columns_hidden : state.columns_shown).emplace_back(choice.key);
}

// The process may do something else with its signals since the menu opened.
void ask_about_signal(ViewState& state, const Machine& machine) {
    state.signal = signals()[state.menu_cursor].number;
    look_up_handling(state.signal_targets, machine);
    state.overlay = Overlay::confirm_signal;
    state.menu_typed.clear();
}

void pick(ViewState& state, const Report& report, const Machine& machine) {
    switch (state.overlay) {
        case Overlay::sort_menu: {
            const SortChoice choice = sort_choices(state.replay.has_value())[state.menu_cursor];
            const Column* column = find_column(choice.key);
            state.sort_key = choice.key;
            state.descending = column == nullptr || (column->unit != Unit::text && column->unit != Unit::identifier);
            break;
        }
        case Overlay::user_menu: {
            const std::vector<std::uint32_t> users = users_of(report);
            // The report may have lost a user since the menu was drawn.
            state.uid = state.menu_cursor == 0 || state.menu_cursor > users.size()
                            ? std::nullopt
                            : std::optional(users[state.menu_cursor - 1]);
            break;
        }
        case Overlay::signal_menu:
            ask_about_signal(state, machine);
            return;
        case Overlay::column_menu:
            toggle_column(state);
            state.menu_typed.clear();
            return;
        default:
            break;
    }
    close(state);
}

// True: a line is selected, by what was typed until now and this character, or by this one as the first of something
// new. The same letter again goes on to the next line that begins with it.
bool select_by_typing(ViewState& state, const Menu& menu, char32_t character) {
    std::string letter;
    append_utf8(letter, character);
    const std::string longer = state.menu_typed + letter;
    std::optional<std::size_t> line = line_typed(menu, longer);
    const bool goes_on = line.has_value();
    if (!goes_on && character != U' ') {
        const bool again = state.menu_typed == letter;
        line = line_typed(menu, letter, again ? std::optional(state.menu_cursor) : std::nullopt);
    }
    if (line) {
        state.menu_cursor = *line;
        state.menu_typed = goes_on ? longer : letter;
    }
    return line.has_value();
}

void drop_typed(ViewState& state, const Menu& menu) {
    drop_last_character(state.menu_typed);
    if (!state.menu_typed.empty()) {
        state.menu_cursor = line_typed(menu, state.menu_typed).value_or(state.menu_cursor);
    }
}

void leave_menu(ViewState& state) {
    if (state.overlay == Overlay::accounting) {
        state.message = "delay accounting stays off";
    }
    close(state);
}

// A number or the beginning of a name; q leaves where no line begins with it.
void type_in_menu(ViewState& state, const Menu& menu, char32_t character) {
    if (select_by_typing(state, menu, character)) {
        return;
    }
    if (character == U'q') {
        leave_menu(state);
        return;
    }
    state.menu_typed.clear();
    if (character != U' ') {
        state.message = "no line begins with ";
        append_utf8(state.message, character);
    }
}

void pick_answer(KeyResult& result) {
    ViewState& state = result.state;
    if (state.menu_cursor + 1 < accounting_choices().size()) {  // the last one: no
        Command command;
        command.kind = Command::Kind::switch_accounting_on;
        command.put_back = state.menu_cursor == 0;
        result.command = std::move(command);
        close(state);
    } else {
        leave_menu(state);
    }
}

void pick_line(KeyResult& result, const Report& report, const Machine& machine) {
    if (result.state.overlay == Overlay::accounting) {
        pick_answer(result);
    } else {
        pick(result.state, report, machine);
    }
}

// On a line: as if it was selected and picked. On the border: nothing. Beside the menu: away with it.
void click_in_menu(KeyResult& result, const KeyEvent& event, std::size_t size, const Report& report,
                   const Machine& machine) {
    ViewState& state = result.state;
    const MenuBounds& at = state.menu_bounds;
    const bool inside = event.x >= at.x && event.x < at.x + at.width && event.y >= at.y && event.y < at.y + at.height;
    if (!inside) {
        leave_menu(state);
        return;
    }
    const int row = event.y - at.rows_y;
    const std::size_t line = at.first + static_cast<std::size_t>(std::max(row, 0));
    if (row >= 0 && row < at.rows && line < size) {
        state.menu_cursor = line;
        state.menu_typed.clear();
        pick_line(result, report, machine);
    }
}

void menu_key(KeyResult& result, const KeyEvent& event, const Report& report, const Machine& machine) {
    ViewState& state = result.state;
    const std::optional<Menu> menu = open_menu_of(state, report, machine);
    if (!menu || menu->lines.empty()) {
        close(state);
        return;
    }
    const std::size_t size = menu->lines.size();
    if (move_in(state.menu_cursor, size, page_of(state), event)) {
        state.menu_typed.clear();
    } else if (event.key == Key::enter || (is(event, U' ') && state.overlay == Overlay::column_menu)) {
        pick_line(result, report, machine);
    } else if (event.key == Key::escape || event.key == Key::f10) {
        leave_menu(state);
    } else if (event.key == Key::click) {
        click_in_menu(result, event, size, report, machine);
    } else if (event.key == Key::backspace) {
        drop_typed(state, *menu);
    } else if (is_control(event, U'R') && state.overlay == Overlay::column_menu) {
        state.columns_shown.clear();
        state.columns_hidden.clear();
    } else if (event.key == Key::character && event.character >= 0x20) {
        type_in_menu(state, *menu, event.character);
    }
}

void apply_prompt(ViewState& state, const Report& report) {
    if (state.overlay == Overlay::filter_prompt) {
        state.filter = state.prompt;
        return;
    }
    state.search = state.prompt;
    search_from(state, report, false, true);
}

void prompt_key(ViewState& state, const KeyEvent& event, const Report& report) {
    if (event.key == Key::enter) {
        close(state);
    } else if (event.key == Key::escape) {
        if (state.overlay == Overlay::filter_prompt) {
            state.filter = state.prompt_before;
        }
        close(state);
    } else if (event.key == Key::f3 && state.overlay == Overlay::search_prompt) {
        search_from(state, report, false, false);
    } else if (event.key == Key::backspace) {
        drop_last_character(state.prompt);
        apply_prompt(state, report);
    } else if (is_control(event, U'U')) {  // Ctrl-U
        state.prompt.clear();
        apply_prompt(state, report);
    } else if (event.key == Key::character && event.character >= 0x20 && state.prompt.size() < kMaxPrompt) {
        append_utf8(state.prompt, event.character);
        apply_prompt(state, report);
    }
}

void confirm_key(KeyResult& result, const KeyEvent& event) {
    ViewState& state = result.state;
    Command command;
    command.kind = Command::Kind::send_signal;
    command.signal = state.signal;
    if (is(event, U'y') || is(event, U'Y')) {
        for (const SignalProcess& process : state.signal_targets.processes) {
            command.targets.push_back(process.target);
        }
    } else if ((is(event, U't') || is(event, U'T')) && offers_threads(state.signal, state.signal_targets)) {
        command.targets = state.signal_targets.threads;
    }
    if (command.targets.empty()) {
        state.message = "no signal sent";
    } else {
        result.command = std::move(command);
    }
    state.signal_targets = {};
    close(state);
}

}  // namespace

void handle_overlay_key(KeyResult& result, const KeyEvent& event, const Report& report, const Machine& machine) {
    ViewState& state = result.state;
    // Ctrl-C ends the program wherever one is.
    if (is_control(event, U'C')) {
        result.command = Command{};
        return;
    }
    switch (state.overlay) {
        case Overlay::help:
            help_key(state, event, menu_size(state, report, machine));
            break;
        case Overlay::search_prompt:
        case Overlay::filter_prompt:
            prompt_key(state, event, report);
            break;
        case Overlay::jump_prompt:
            jump_prompt_key(state, event);
            break;
        case Overlay::confirm_signal:
            confirm_key(result, event);
            break;
        default:
            menu_key(result, event, report, machine);
            break;
    }
}

std::span<const std::string_view> accounting_choices() {
    static constexpr auto kChoices = std::to_array<std::string_view>({
        "on, and off again when rstat-tsa ends",
        "on, and leave it on",
        "no",
    });
    return kChoices;
}

void open_accounting_question(ViewState& state) {
    const auto say = [&](std::string_view words, bool is_warning) {
        state.message = words;
        state.message_is_warning = is_warning;
    };
    if (state.accounting == Accounting::on) {
        say("delay accounting is already on; threads that are older than it stay without", false);
    } else if (state.accounting == Accounting::not_compiled) {
        say("this kernel was built without delay accounting (CONFIG_TASK_DELAY_ACCT)", true);
    } else if (state.accounting_needs_boot) {
        say("this kernel switches delay accounting at boot only: remove nodelayacct from its command line", true);
    } else {
        state.overlay = Overlay::accounting;
        // Without a thought nothing changes on the machine.
        state.menu_cursor = accounting_choices().size() - 1;
    }
}

void open_signal_menu(ViewState& state, const Report& report, const Machine& machine) {
    const std::vector<RowRef> rows = chosen_rows(state, report);
    state.signal_targets = signal_targets(rows, machine);
    if (state.signal_targets.processes.empty()) {
        state.overlay = Overlay::none;
        state.message = no_target_text(rows);
        state.message_is_warning = true;
        return;
    }
    look_up_handling(state.signal_targets, machine);
    const auto all = signals();
    const auto term = std::ranges::find(all, SIGTERM, &SignalInfo::number);
    state.menu_cursor = static_cast<std::size_t>(term - all.begin());
}

std::vector<std::uint32_t> users_of(const Report& report) {
    std::vector<std::uint32_t> users;
    for (const ProcessRow& row : report.processes) {
        users.push_back(row.leader->uid);
    }
    std::sort(users.begin(), users.end());
    users.erase(std::unique(users.begin(), users.end()), users.end());
    return users;
}

}  // namespace tsa
