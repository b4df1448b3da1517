// SPDX-License-Identifier: MIT
// Sending a signal: the menu of signals, and the question before it is sent.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "tui/common_keys.h"
#include "tui/menus/menu.h"
#include "tui/menus/menus.h"
#include "tui/menus/signal_text.h"
#include "tui/menus/targets.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr std::string_view kSigPrefix = "SIG";

Menu signal_menu(const ViewState& state, const Report&, const Machine&) {
    Menu menu{fmt::format("Signal to {}", target_text(state.menu.signal_targets)),
              "Enter asks, Esc leaves",
              {},
              2,
              state.menu.cursor};
    for (const SignalInfo& signal : signals()) {
        const std::string effect = effect_text(signal, state.menu.signal_targets);
        std::string words = effect.empty() ? std::string(signal.name) : fmt::format("{:<10} {}", signal.name, effect);
        menu.lines.push_back({fmt::format("{:>2}", signal.number), std::move(words), Role::text,
                              fmt::format("{}", signal.number), std::string(signal.name.substr(kSigPrefix.size())),
                              std::string(signal.name)});
    }
    return menu;
}

// The process may have changed its signal handling since the menu opened.
void ask(KeyPress& press) {
    MenuState& menu = press.state.menu;
    menu.signal = signals()[menu.cursor].number;
    look_up_handling(menu.signal_targets, press.machine);
    close_page(press.state);
    open_page(press.state, kSignalQuestion);
}

bool answer(KeyPress& press) {
    MenuState& menu = press.state.menu;
    Command command;
    command.kind = Command::Kind::send_signal;
    command.signal = menu.signal;
    const auto is = [&](char32_t character) { return same_key(press.event, letter(character)); };
    if (is(U'y') || is(U'Y')) {
        for (const SignalProcess& process : menu.signal_targets.processes) {
            command.targets.push_back(process.target);
        }
    } else if ((is(U't') || is(U'T')) && offers_threads(menu.signal, menu.signal_targets)) {
        command.targets = menu.signal_targets.threads;
    }
    if (command.targets.empty()) {
        press.state.message = "no signal sent";
    } else {
        press.command = std::move(command);
    }
    menu.signal_targets = {};
    close_page(press.state);
    return true;
}

// It takes as many lines as it needs: it must not be truncated.
void draw_question(Frame& frame, const Scene& scene) {
    const SignalQuestion question = signal_question(scene.state.menu.signal, scene.state.menu.signal_targets);
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

constinit const Page kSignalMenu{
    .name = "signals",
    .kind = PageKind::overlay,
    .menu = signal_menu,
    .pick = ask,
};

constinit const Page kSignalQuestion{
    .name = "signal question",
    .kind = PageKind::overlay,
    .draw_bottom = draw_question,
    .type = answer,
};

void open_signal_menu(KeyPress& press) {
    const std::vector<RowRef> rows = chosen_rows(press.state, press.report);
    SignalTargets targets = signal_targets(rows, press.machine);
    if (targets.processes.empty()) {
        press.warn(no_target_text(rows));
        return;
    }
    look_up_handling(targets, press.machine);
    const auto all = signals();
    const auto term = std::ranges::find(all, SIGTERM, &SignalInfo::number);
    open_menu(press.state, kSignalMenu, static_cast<std::size_t>(term - all.begin()));
    press.state.menu.signal_targets = std::move(targets);
}

}  // namespace tsa
