// Keys while something lies over the table: help, menus, prompts, and the question before a signal is sent.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/replay.h"
#include "tui/rows.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr std::size_t kPage = 10;
constexpr std::size_t kMaxPrompt = 64;

void close(ViewState& state) {
    state.overlay = Overlay::none;
    state.prompt.clear();
}

std::size_t menu_size(const ViewState& state, const Report& report) {
    switch (state.overlay) {
        case Overlay::sort_menu:
            return sort_choices(state.replay.has_value()).size();
        case Overlay::column_menu:
            return column_choices(state, state.width).size();
        case Overlay::signal_menu:
            return signals().size();
        case Overlay::user_menu:
            return users_of(report).size() + 1;
        case Overlay::help:
            return help_lines(state.replay.has_value()).size();
        case Overlay::accounting:
            return accounting_choices().size();
        default:
            return 0;
    }
}

bool is(const KeyEvent& event, char32_t character) {
    return event.key == Key::character && event.character == character;
}

// Moves `at` as a list's cursor does. False: not a moving key.
bool move_in(std::size_t& at, std::size_t size, const KeyEvent& event) {
    const std::size_t last = size > 0 ? size - 1 : 0;
    if (event.key == Key::up || is(event, U'k') || event.key == Key::wheel_up) {
        at -= at > 0 ? 1 : 0;
    } else if (event.key == Key::down || is(event, U'j') || event.key == Key::wheel_down) {
        ++at;
    } else if (event.key == Key::page_up) {
        at -= std::min(at, kPage);
    } else if (event.key == Key::page_down) {
        at += kPage;
    } else if (event.key == Key::home || is(event, U'g')) {
        at = 0;
    } else if (event.key == Key::end || is(event, U'G')) {
        at = last;
    } else {
        return false;
    }
    at = std::min(at, last);
    return true;
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

void pick(ViewState& state, const Report& report) {
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
            state.signal = signals()[state.menu_cursor].number;
            state.overlay = Overlay::confirm_signal;
            return;
        case Overlay::column_menu:
            toggle_column(state);
            return;
        default:
            break;
    }
    close(state);
}

void menu_key(ViewState& state, const KeyEvent& event, const Report& report) {
    const std::size_t size = menu_size(state, report);
    if (move_in(state.menu_cursor, size, event)) {
        return;
    }
    state.menu_cursor = std::min(state.menu_cursor, size > 0 ? size - 1 : 0);
    if (event.key == Key::enter || (is(event, U' ') && state.overlay == Overlay::column_menu)) {
        pick(state, report);
    } else if (event.key == Key::escape || is(event, U'q') || event.key == Key::click || event.key == Key::f10) {
        close(state);
    } else if (is(event, U'r') && state.overlay == Overlay::column_menu) {
        state.columns_shown.clear();
        state.columns_hidden.clear();
    }
}

// The first two answers switch it on.
void accounting_key(KeyResult& result, const KeyEvent& event) {
    ViewState& state = result.state;
    const std::size_t answers = accounting_choices().size();
    if (move_in(state.menu_cursor, answers, event)) {
        return;
    }
    if (event.key == Key::enter && state.menu_cursor + 1 < answers) {
        Command command;
        command.kind = Command::Kind::switch_accounting_on;
        command.put_back = state.menu_cursor == 0;
        result.command = std::move(command);
    } else {
        state.message = "delay accounting stays off";
    }
    close(state);
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
    } else if (is(event, U'U' - U'@')) {  // Ctrl-U
        state.prompt.clear();
        apply_prompt(state, report);
    } else if (event.key == Key::character && event.character >= 0x20 && state.prompt.size() < kMaxPrompt) {
        append_utf8(state.prompt, event.character);
        apply_prompt(state, report);
    }
}

void confirm_key(KeyResult& result, const KeyEvent& event) {
    ViewState& state = result.state;
    if (is(event, U'y') || is(event, U'Y')) {
        Command command;
        command.kind = Command::Kind::send_signal;
        command.signal = state.signal;
        command.targets = state.targets;
        result.command = std::move(command);
    } else {
        state.message = "no signal sent";
    }
    state.targets.clear();
    close(state);
}

}  // namespace

void handle_overlay_key(KeyResult& result, const KeyEvent& event, const Report& report) {
    ViewState& state = result.state;
    // Ctrl-C ends the program wherever one is.
    if (is(event, U'C' - U'@')) {
        result.command = Command{};
        return;
    }
    switch (state.overlay) {
        case Overlay::help:
            if (!move_in(state.help_scroll, menu_size(state, report), event)) {
                close(state);
            }
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
        case Overlay::accounting:
            accounting_key(result, event);
            break;
        default:
            menu_key(state, event, report);
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

void open_signal_menu(ViewState& state, const Report& report) {
    state.targets.clear();
    state.target_words.clear();
    const auto add = [&](const Target& target, std::string_view name) {
        state.targets.push_back(target);
        state.target_words = fmt::format("{} {} {}", target.whole_process ? "process" : "thread", target.tid, name);
    };
    RowList list(report, state);
    if (state.detail) {
        for (const ThreadRow& row : report.threads) {
            if (key_of(*row.now) == *state.detail) {
                add({row.now->tid, row.now->tgid, row.now->start_time_ns, false}, comm_of(*row.now));
            }
        }
    } else if (!state.tagged.empty()) {
        for (const RowRef& row : list.rows(0, list.size())) {
            if (std::find(state.tagged.begin(), state.tagged.end(), key_of(row)) != state.tagged.end()) {
                add(target_of(row), comm_of(thread_of(row)));
            }
        }
    } else {
        for (const RowRef& row : list.rows(place(list, state, page_rows(state, report)).cursor, 1)) {
            add(target_of(row), comm_of(thread_of(row)));
        }
    }
    if (state.targets.size() > 1) {
        state.target_words = fmt::format("{} tagged rows", state.targets.size());
    }
    const auto all = signals();
    const auto term =
        std::find_if(all.begin(), all.end(), [](const SignalName& name) { return name.number == SIGTERM; });
    state.menu_cursor = static_cast<std::size_t>(term - all.begin());
    if (state.targets.empty()) {
        state.overlay = Overlay::none;
        state.message = "no live thread is selected";
        state.message_is_warning = true;
    }
}

std::span<const SignalName> signals() {
    static constexpr auto kSignals = std::to_array<SignalName>({
        {SIGHUP, "SIGHUP"},       {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"},   {SIGILL, "SIGILL"},
        {SIGTRAP, "SIGTRAP"},     {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},     {SIGFPE, "SIGFPE"},
        {SIGKILL, "SIGKILL"},     {SIGUSR1, "SIGUSR1"}, {SIGSEGV, "SIGSEGV"},   {SIGUSR2, "SIGUSR2"},
        {SIGPIPE, "SIGPIPE"},     {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"},   {SIGCHLD, "SIGCHLD"},
        {SIGCONT, "SIGCONT"},     {SIGSTOP, "SIGSTOP"}, {SIGTSTP, "SIGTSTP"},   {SIGTTIN, "SIGTTIN"},
        {SIGTTOU, "SIGTTOU"},     {SIGURG, "SIGURG"},   {SIGXCPU, "SIGXCPU"},   {SIGXFSZ, "SIGXFSZ"},
        {SIGVTALRM, "SIGVTALRM"}, {SIGPROF, "SIGPROF"}, {SIGWINCH, "SIGWINCH"}, {SIGIO, "SIGIO"},
        {SIGPWR, "SIGPWR"},       {SIGSYS, "SIGSYS"},
    });
    return kSignals;
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
