// SPDX-License-Identifier: MIT
// The menu of users: only one user's threads, or all.
#include <fmt/format.h>

#include <algorithm>

#include "tui/menus/menu.h"
#include "tui/menus/menus.h"

namespace tsa {
namespace {

Menu user_menu(const ViewState& state, const Report& report, const Machine& machine) {
    Menu menu{"Only the threads of", "Enter selects, Esc leaves", {}, 10, state.menu.cursor};
    menu.lines.push_back({"all", "every user", Role::text, {}, "all", {}});
    for (const std::uint32_t uid : users_of(report)) {
        const std::string name(machine.user_name ? machine.user_name(uid) : "");
        const std::string number = fmt::format("{}", uid);
        menu.lines.push_back({number, name, Role::text, number, name, {}});
    }
    return menu;
}

void pick_user(KeyPress& press) {
    ViewState& state = press.state;
    const std::vector<std::uint32_t> users = users_of(press.report);
    const std::size_t line = state.menu.cursor;
    // A user may have disappeared from the report since the menu was drawn.
    state.overview.uid = line == 0 || line > users.size() ? std::nullopt : std::optional(users[line - 1]);
    close_page(state);
}

}  // namespace

constinit const Page kUserMenu{
    .name = "users",
    .kind = PageKind::overlay,
    .menu = user_menu,
    .pick = pick_user,
};

void open_user_menu(KeyPress& press) {
    open_menu(press.state, kUserMenu);
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
