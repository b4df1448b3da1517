// SPDX-License-Identifier: MIT
// Asks whether to switch on delay accounting: this changes the machine, so it needs confirmation.
#include <array>

#include "tui/common_keys.h"
#include "tui/menus/menu.h"
#include "tui/menus/menus.h"

namespace tsa {
namespace {

constexpr std::string_view kAccountingWords =
    "Delay accounting is off. Switching it on (sysctl kernel.task_delayacct=1) lets the kernel time each thread's "
    "waits for disks, swap and memory. Only threads that are created from then on have it: this one, and all that run "
    "now, stay without.";

Menu accounting_menu(const ViewState& state, const Report&, const Machine&) {
    Menu menu{"Delay accounting", "Enter selects, Esc: no", {}, 40, state.menu.cursor, kAccountingWords};
    for (const std::string_view choice : accounting_choices()) {
        menu.lines.push_back({std::string(choice), "", Role::text, {}, std::string(choice), {}});
    }
    return menu;
}

void say_stays_off(KeyPress& press) {
    press.state.message = "delay accounting stays off";
}

void pick_answer(KeyPress& press) {
    const std::size_t line = press.state.menu.cursor;
    if (line + 1 < accounting_choices().size()) {  // the last one: no
        Command command;
        command.kind = Command::Kind::switch_accounting_on;
        command.put_back = line == 0;
        press.command = std::move(command);
    } else {
        say_stays_off(press);
    }
    close_page(press.state);
}

}  // namespace

constinit const Page kAccountingQuestion{
    .name = "accounting",
    .kind = PageKind::overlay,
    .menu = accounting_menu,
    .pick = pick_answer,
    .leave = say_stays_off,
};

std::span<const std::string_view> accounting_choices() {
    static constexpr auto kChoices = std::to_array<std::string_view>({
        "on, and off again when rstat-tsa ends",
        "on, and leave it on",
        "no",
    });
    return kChoices;
}

void open_accounting_question(KeyPress& press) {
    ViewState& state = press.state;
    if (state.accounting == Accounting::on) {
        state.message = "delay accounting is already on; threads that started before it do not have it";
    } else if (state.accounting == Accounting::not_compiled) {
        press.warn("this kernel was built without delay accounting (CONFIG_TASK_DELAY_ACCT)");
    } else if (state.accounting_needs_boot) {
        press.warn("this kernel switches delay accounting at boot only: remove nodelayacct from its command line");
    } else {
        // The cursor starts on "no": Enter alone changes nothing.
        open_menu(state, kAccountingQuestion, accounting_choices().size() - 1);
    }
}

}  // namespace tsa
