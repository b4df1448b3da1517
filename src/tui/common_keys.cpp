// SPDX-License-Identifier: MIT
// See common_keys.h.
#include "tui/common_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "tui/help/help.h"
#include "tui/menus/menus.h"
#include "tui/menus/targets.h"

namespace tsa {
namespace {

Command plain_command(Command::Kind kind) {
    Command command;
    command.kind = kind;
    return command;
}

void step_interval(KeyPress& press, bool longer) {
    static constexpr std::array<std::uint64_t, 12> kSteps{
        kShortestIntervalMs, 50, 100, 250, 500, 1000, 2000, 3000, 5000, 10'000, 30'000, kLongestIntervalMs};
    std::uint64_t& now = press.state.interval_ms;
    if (longer) {
        const auto* next = std::upper_bound(kSteps.begin(), kSteps.end(), now);
        now = next != kSteps.end() ? *next : kSteps.back();
    } else {
        const auto* next = std::lower_bound(kSteps.begin(), kSteps.end(), now);
        now = next != kSteps.begin() ? *std::prev(next) : kSteps.front();
    }
    press.state.message = fmt::format("interval {} ms", now);
    press.command = plain_command(Command::Kind::set_interval);
    press.command->interval_ms = now;
}

void change_nice_by(KeyPress& press, int delta) {
    const std::vector<RowRef> rows = chosen_rows(press.state, press.report);
    if (rows.empty()) {
        press.warn(no_target_text(rows));
        return;
    }
    Command command = plain_command(Command::Kind::change_nice);
    command.nice_delta = delta;
    for (const RowRef& row : rows) {
        command.targets.push_back(target_of(row));
    }
    press.command = std::move(command);
}

}  // namespace

void quit(KeyPress& press) {
    if (!press.state.frozen.empty()) {
        open_frozen_question(press);
        return;
    }
    press.command = plain_command(Command::Kind::quit);
}

void redraw(KeyPress& press) {
    press.command = plain_command(Command::Kind::redraw);
}

void toggle_pause(KeyPress& press) {
    press.state.paused = !press.state.paused;
}

void toggle_recording(KeyPress& press) {
    press.command = plain_command(Command::Kind::toggle_recording);
}

void shorten_interval(KeyPress& press) {
    step_interval(press, false);
}

void lengthen_interval(KeyPress& press) {
    step_interval(press, true);
}

void open_help(KeyPress& press) {
    press.state.help = {};
    press.state.menu = {};
    open_page(press.state, kHelpPage);
}

void lower_nice(KeyPress& press) {
    change_nice_by(press, -1);
}

void raise_nice(KeyPress& press) {
    change_nice_by(press, 1);
}

}  // namespace tsa
