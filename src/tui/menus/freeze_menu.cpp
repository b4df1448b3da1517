// SPDX-License-Identifier: MIT
// Freezing and thawing the cgroup of a row: the question, which lists everything that stops, the second question before
// a process is moved into a new cgroup or all of a cgroup is killed, and the question about what is still frozen at the
// end.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "model/find_row.h"
#include "tui/common_keys.h"
#include "tui/menus/menu.h"
#include "tui/menus/menus.h"
#include "tui/menus/targets.h"

namespace tsa {
namespace {

enum class Answer : std::uint8_t { freeze, thaw, move_out, kill, no };

struct Choice {
    Answer answer;
    std::string words, what;
};

std::string process_name(const MenuState& menu) {
    const Target target = menu.targets.empty() ? Target{} : menu.targets.front();
    return fmt::format("{} ({})", target.comm, target.tgid);
}

std::string count_text(const CgroupMembers& cgroup) {
    const std::size_t count = cgroup.processes.size() + cgroup.left_out;
    return count == 1 ? "its only process" : fmt::format("all {} processes", count);
}

/// Whether the cgroup as a whole may be stopped: this program, what it runs under, and process 1 go on.
bool may_stop(const CgroupMembers& cgroup) {
    return !cgroup.is_root && !cgroup.has_own && !cgroup.has_init;
}

/// What can be done, and at last nothing.
std::vector<Choice> choices(const MenuState& menu) {
    const CgroupMembers& cgroup = menu.cgroup;
    std::vector<Choice> out;
    if (cgroup.is_frozen) {
        out.push_back({Answer::thaw, "thaw", fmt::format("{} of {} run again", count_text(cgroup), cgroup.path)});
    } else if (may_stop(cgroup)) {
        out.push_back({Answer::freeze, "freeze", fmt::format("{} of {} stop", count_text(cgroup), cgroup.path)});
    }
    const bool has_others = cgroup.processes.size() + cgroup.left_out > 1;
    if (!cgroup.is_frozen && !cgroup.process_is_own && (has_others || !may_stop(cgroup))) {
        out.push_back({Answer::move_out, "only", fmt::format("{}, moved into a new cgroup", process_name(menu))});
    }
    if (may_stop(cgroup)) {
        out.push_back({Answer::kill, "kill", fmt::format("SIGKILL to {} of {}", count_text(cgroup), cgroup.path)});
    }
    out.push_back({Answer::no, "no", ""});
    return out;
}

std::string_view intro_of(const CgroupMembers& cgroup) {
    if (cgroup.frozen_above) {
        return "A cgroup above this one is frozen: thaw that one.";
    }
    if (cgroup.is_root) {
        return "The process is in the root of the cgroups, which cannot be frozen.";
    }
    if (cgroup.has_own) {
        return "rstat-tsa, or what it runs under, is in this cgroup: it cannot be frozen as a whole.";
    }
    return cgroup.has_init ? "Process 1 is in this cgroup: it cannot be frozen as a whole." : "";
}

Menu freeze_menu(const ViewState& state, const Report&, const Machine&) {
    const CgroupMembers& cgroup = state.menu.cgroup;
    Menu menu{
        fmt::format("Cgroup {}", cgroup.path), "Enter selects, Esc: no", {}, 10, state.menu.cursor, intro_of(cgroup)};
    for (const Choice& choice : choices(state.menu)) {
        menu.lines.push_back({choice.words, choice.what, Role::text, {}, choice.words, {}});
    }
    if (!cgroup.is_root) {
        for (const CgroupMember& member : cgroup.processes) {
            const std::string number = fmt::format("{}", member.tgid);
            menu.lines.push_back({number, member.comm, Role::dim, number, {}, {}});
        }
        if (cgroup.left_out > 0) {
            menu.lines.push_back({"", fmt::format("and {} more", cgroup.left_out), Role::dim, {}, {}, {}});
        }
    }
    return menu;
}

Command command_of(const MenuState& menu, Command::Kind kind) {
    Command command;
    command.kind = kind;
    command.cgroup = menu.cgroup.path;
    return command;
}

void pick_answer(KeyPress& press) {
    MenuState& menu = press.state.menu;
    const std::vector<Choice> all = choices(menu);
    if (menu.cursor >= all.size()) {
        return;  // one of the processes
    }
    const Answer answer = all[menu.cursor].answer;
    close_page(press.state);
    switch (answer) {
        case Answer::freeze:
            press.command = command_of(menu, Command::Kind::freeze_cgroup);
            break;
        case Answer::thaw:
            press.command = command_of(menu, Command::Kind::thaw_cgroup);
            break;
        case Answer::move_out:
        case Answer::kill:
            open_page(press.state, answer == Answer::kill ? kKillQuestion : kMoveOutQuestion);
            menu.cursor = 1;  // no
            menu.typed.clear();
            break;
        case Answer::no:
            press.state.message = "nothing was changed";
            break;
    }
}

Menu second_menu(const ViewState& state, std::string title, std::string_view intro, std::string yes) {
    Menu menu{std::move(title), "Enter selects, Esc: no", {}, 24, state.menu.cursor, intro};
    menu.lines.push_back({std::move(yes), "", Role::text, {}, "yes", {}});
    menu.lines.push_back({"no", "", Role::text, {}, "no", {}});
    return menu;
}

Menu move_menu(const ViewState& state, const Report&, const Machine&) {
    return second_menu(state, fmt::format("Move {} into a new cgroup?", process_name(state.menu)),
                       "Its limits stay those of the cgroup that it is in. When it is thawed it goes back there. What "
                       "manages that cgroup, such as systemd, may be surprised meanwhile.",
                       "yes: move and freeze it");
}

Menu kill_menu(const ViewState& state, const Report&, const Machine&) {
    return second_menu(state, fmt::format("Kill {} of {}?", count_text(state.menu.cgroup), state.menu.cgroup.path),
                       "SIGKILL to all of them at once, and to what they start meanwhile. It cannot be undone.",
                       "yes: kill them");
}

template <bool kKill>
void pick_second(KeyPress& press) {
    MenuState& menu = press.state.menu;
    const bool yes = menu.cursor == 0;
    close_page(press.state);
    if (!yes) {
        press.state.message = "nothing was changed";
        return;
    }
    Command command = command_of(menu, kKill ? Command::Kind::kill_cgroup : Command::Kind::freeze_cgroup);
    if (!kKill) {
        command.moves_out = true;
        command.targets = menu.targets;
    }
    press.command = std::move(command);
}

void say_unchanged(KeyPress& press) {
    press.state.message = "nothing was changed";
}

Menu end_menu(const ViewState& state, const Report&, const Machine&) {
    Menu menu{"Quit: these cgroups are still frozen", "Enter selects, Esc: back", {}, 28, state.menu.cursor};
    menu.lines.push_back({"thaw them, and quit", "", Role::text, {}, "thaw", {}});
    menu.lines.push_back({"leave them frozen, and quit", "", Role::text, {}, "leave", {}});
    menu.lines.push_back({"back", "", Role::text, {}, "back", {}});
    for (const std::string& path : state.frozen) {
        menu.lines.push_back({"", path, Role::dim, {}, {}, {}});
    }
    return menu;
}

void pick_end(KeyPress& press) {
    const std::size_t line = press.state.menu.cursor;
    if (line > 2) {
        return;
    }
    close_page(press.state);
    if (line < 2) {
        Command command;  // quit
        command.leave_frozen = line == 1;
        press.command = std::move(command);
    }
}

/// The process of the thread that is shown, else of the row under the cursor.
std::optional<Target> chosen_target(const ViewState& state, const Report& report) {
    const std::vector<RowRef> rows = chosen_rows(state, report);
    if (rows.size() != 1) {
        return std::nullopt;
    }
    return target_of(RowRef{nullptr, rows.front().process});
}

}  // namespace

constinit const Page kFreezeMenu{
    .name = "freeze",
    .kind = PageKind::overlay,
    .menu = freeze_menu,
    .pick = pick_answer,
    .leave = say_unchanged,
};

constinit const Page kMoveOutQuestion{
    .name = "move out",
    .kind = PageKind::overlay,
    .menu = move_menu,
    .pick = pick_second<false>,
    .leave = say_unchanged,
};

constinit const Page kKillQuestion{
    .name = "kill a cgroup",
    .kind = PageKind::overlay,
    .menu = kill_menu,
    .pick = pick_second<true>,
    .leave = say_unchanged,
};

constinit const Page kFrozenQuestion{
    .name = "still frozen",
    .kind = PageKind::overlay,
    .menu = end_menu,
    .pick = pick_end,
};

namespace {

/// Whose cgroup it is, and what is in it; says why there is none.
std::optional<MenuState> ask_about(KeyPress& press) {
    const std::optional<Target> target = chosen_target(press.state, press.report);
    if (!target) {
        press.warn("freezing is of one process: select a thread or process, without tags");
        return std::nullopt;
    }
    MenuState asked;
    if (press.machine.cgroup_of) {
        asked.cgroup = press.machine.cgroup_of(target->tgid);
    } else {
        asked.cgroup.problem = "cgroups are not known here";
    }
    if (!asked.cgroup.problem.empty()) {
        press.warn(asked.cgroup.problem);
        return std::nullopt;
    }
    asked.targets = {*target};
    return asked;
}

/// The same of a frozen one.
std::optional<MenuState> ask_about_frozen(KeyPress& press) {
    std::optional<MenuState> asked = ask_about(press);
    if (asked && !asked->cgroup.is_frozen) {
        press.warn(asked->cgroup.frozen_above ? "a cgroup above this one is frozen: thaw that one"
                                              : fmt::format("{} is not frozen", asked->cgroup.path));
        asked.reset();
    }
    return asked;
}

void open_menu_about(KeyPress& press, MenuState asked, std::size_t cursor) {
    open_menu(press.state, kFreezeMenu, cursor);
    press.state.menu.cgroup = std::move(asked.cgroup);
    press.state.menu.targets = std::move(asked.targets);
}

}  // namespace

void open_freeze_menu(KeyPress& press) {
    std::optional<MenuState> asked = ask_about(press);
    if (!asked) {
        return;
    }
    const std::vector<Choice> all = choices(*asked);
    if (all.size() == 1) {
        press.warn(fmt::format("{} cannot be frozen: rstat-tsa runs under it", process_name(*asked)));
        return;
    }
    // The cursor starts on "no": Enter alone changes nothing.
    open_menu_about(press, std::move(*asked), all.size() - 1);
}

void open_thaw_menu(KeyPress& press) {
    if (std::optional<MenuState> asked = ask_about_frozen(press)) {
        open_menu_about(press, std::move(*asked), 0);  // to thaw is not dangerous
    }
}

void thaw_at_once(KeyPress& press) {
    if (const std::optional<MenuState> asked = ask_about_frozen(press)) {
        press.command = command_of(*asked, Command::Kind::thaw_cgroup);
    }
}

void open_frozen_question(KeyPress& press) {
    open_menu(press.state, kFrozenQuestion);
}

}  // namespace tsa
