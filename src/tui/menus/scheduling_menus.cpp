// SPDX-License-Identifier: MIT
// How threads are scheduled: the menu of CPUs, and that of policies and I/O priorities.
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <vector>

#include "text/scheduling_text.h"
#include "tui/common_keys.h"
#include "tui/menus/menu.h"
#include "tui/menus/menus.h"
#include "tui/menus/targets.h"

namespace tsa {
namespace {

constexpr std::size_t kFirstCpuLine = 2;

struct PolicyChoice {
    bool is_io;
    int policy, priority;
    std::string_view what;
};
constexpr std::array kPolicyChoices = std::to_array<PolicyChoice>({
    {false, SCHED_OTHER, 0, "shares the CPUs by its nice value"},
    {false, SCHED_BATCH, 0, "the same, for work that may wait a little longer"},
    {false, SCHED_IDLE, 0, "only what no other thread wants"},
    {false, SCHED_RR, 1, "real-time, in turns; before all of the above"},
    {false, SCHED_RR, 10, ""},
    {false, SCHED_RR, 50, ""},
    {false, SCHED_FIFO, 1, "real-time, until it blocks"},
    {false, SCHED_FIFO, 10, ""},
    {false, SCHED_FIFO, 50, ""},
    {true, 0, 0, "I/O priority as its nice value says"},
    {true, 2, 0, "I/O before others"},
    {true, 2, 4, "I/O as most others"},
    {true, 2, 7, "I/O after others"},
    {true, 3, 0, "I/O only where there is no other"},
    {true, 1, 4, "I/O before everything else"},
});

std::string words_of(const PolicyChoice& choice) {
    return choice.is_io ? "I/O " + io_priority_text(choice.policy, choice.priority)
                        : policy_text(choice.policy, choice.priority);
}

bool is_current(const PolicyChoice& choice, const Scheduling& now) {
    if (choice.is_io) {
        const bool has_levels = choice.policy == 1 || choice.policy == 2;
        return now.io_class == choice.policy && (!has_levels || now.io_level == choice.priority);
    }
    return now.policy == choice.policy && now.rt_priority == choice.priority;
}

Menu policy_menu(const ViewState& state, const Report&, const Machine&) {
    const MenuState& menu = state.menu;
    Menu out{fmt::format("Scheduling of {}", menu.target_words), "Enter sets, Esc leaves", {}, 20, menu.cursor};
    for (const PolicyChoice& choice : kPolicyChoices) {
        const std::string words = words_of(choice);
        out.lines.push_back({fmt::format("{} {}", is_current(choice, menu.scheduling) ? "*" : " ", words),
                             std::string(choice.what),
                             Role::text,
                             {},
                             words,
                             {}});
    }
    return out;
}

void pick_policy(KeyPress& press) {
    MenuState& menu = press.state.menu;
    const PolicyChoice& choice = kPolicyChoices[std::min(menu.cursor, kPolicyChoices.size() - 1)];
    Command command;
    command.kind = choice.is_io ? Command::Kind::set_io_priority : Command::Kind::set_policy;
    command.policy = choice.policy;
    command.priority = choice.priority;
    command.targets = menu.targets;
    press.command = std::move(command);
    close_page(press.state);
}

bool is_chosen(const MenuState& menu, std::uint32_t cpu) {
    return std::ranges::binary_search(menu.chosen_cpus, cpu);
}

Menu affinity_menu(const ViewState& state, const Report&, const Machine&) {
    const MenuState& menu = state.menu;
    Menu out{fmt::format("CPUs of {}", menu.target_words),
             "Space chooses, Enter on a line too, Esc leaves",
             {},
             10,
             menu.cursor};
    const std::string chosen = menu.chosen_cpus.empty() ? "none" : cpu_list_text(menu.chosen_cpus);
    out.lines.push_back({"set",
                         fmt::format("to CPUs {}; now {}", chosen, cpu_list_text(menu.scheduling.cpus)),
                         Role::text,
                         {},
                         "set",
                         {}});
    out.lines.push_back({"all", "choose all of them", Role::text, {}, "all", {}});
    for (const std::uint32_t cpu : menu.scheduling.online_cpus) {
        const std::string number = fmt::format("{}", cpu);
        out.lines.push_back(
            {fmt::format("[{}] {}", is_chosen(menu, cpu) ? "x" : " ", cpu), "", Role::text, number, {}, {}});
    }
    return out;
}

void pick_cpu(KeyPress& press) {
    MenuState& menu = press.state.menu;
    menu.typed.clear();
    if (menu.cursor == 1) {
        menu.chosen_cpus = menu.scheduling.online_cpus;
        return;
    }
    if (menu.cursor >= kFirstCpuLine) {
        const std::size_t at = menu.cursor - kFirstCpuLine;
        if (at < menu.scheduling.online_cpus.size()) {
            const std::uint32_t cpu = menu.scheduling.online_cpus[at];
            if (std::erase(menu.chosen_cpus, cpu) == 0) {
                menu.chosen_cpus.insert(std::ranges::upper_bound(menu.chosen_cpus, cpu), cpu);
            }
        }
        return;
    }
    if (menu.chosen_cpus.empty()) {
        press.warn("no CPU is chosen");
        return;
    }
    Command command;
    command.kind = Command::Kind::set_affinity;
    command.cpus = menu.chosen_cpus;
    command.targets = menu.targets;
    press.command = std::move(command);
    close_page(press.state);
}

bool choose_by_space(KeyPress& press) {
    const bool is_space = same_key(press.event, letter(U' '));
    if (is_space) {
        pick_cpu(press);
    }
    return is_space;
}

/// Whom the tagged rows, or the selected one, are; false: nothing to change, which was said.
bool open_for_rows(KeyPress& press, const Page& page) {
    const std::vector<RowRef> rows = chosen_rows(press.state, press.report);
    if (rows.empty()) {
        press.warn(no_target_text(rows));
        return false;
    }
    const Target first = target_of(rows.front());
    const std::optional<Scheduling> scheduling =
        press.machine.scheduling_of ? press.machine.scheduling_of(first.tid) : std::nullopt;
    if (!scheduling) {
        press.warn(fmt::format("{} ({}) has ended", first.comm, first.tid));
        return false;
    }
    open_menu(press.state, page);
    MenuState& menu = press.state.menu;
    menu.scheduling = *scheduling;
    for (const RowRef& row : rows) {
        menu.targets.push_back(target_of(row));
    }
    menu.target_words = rows.size() == 1
                            ? fmt::format("{} ({})", first.comm, first.whole_process ? first.tgid : first.tid)
                            : fmt::format("{} rows", rows.size());
    return true;
}

}  // namespace

constinit const Page kAffinityMenu{
    .name = "CPUs",
    .kind = PageKind::overlay,
    .type = choose_by_space,
    .menu = affinity_menu,
    .pick = pick_cpu,
};

constinit const Page kPolicyMenu{
    .name = "scheduling",
    .kind = PageKind::overlay,
    .menu = policy_menu,
    .pick = pick_policy,
};

void open_affinity_menu(KeyPress& press) {
    if (open_for_rows(press, kAffinityMenu)) {
        press.state.menu.chosen_cpus = press.state.menu.scheduling.cpus;
    }
}

void open_policy_menu(KeyPress& press) {
    if (open_for_rows(press, kPolicyMenu)) {
        const auto* const now = std::ranges::find_if(kPolicyChoices, [&](const PolicyChoice& choice) {
            return is_current(choice, press.state.menu.scheduling);
        });
        press.state.menu.cursor =
            now != kPolicyChoices.end() ? static_cast<std::size_t>(now - kPolicyChoices.begin()) : 0;
    }
}

}  // namespace tsa
