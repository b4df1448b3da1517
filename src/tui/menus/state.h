// SPDX-License-Identifier: MIT
// What the user is doing in the menu or prompt that is open: one at a time, so they share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/cgroup_members.h"
#include "model/process_signals.h"
#include "model/scheduling.h"
#include "tui/command.h"

namespace tsa {

/// A process that would get a signal.
struct SignalProcess {
    Target target;
    std::uint32_t threads = 0;
    bool is_own = false;                     ///< this program
    std::optional<SignalHandling> handling;  ///< absent: not known

    bool operator==(const SignalProcess&) const = default;
};

/// Whom the open signal menu, or the question after it, is about: fixed when the menu opened.
struct SignalTargets {
    std::vector<SignalProcess> processes;
    std::vector<Target> threads;     ///< what was chosen, when that was threads only
    std::size_t kernel_threads = 0;  ///< chosen, and left out: they take no signals

    bool operator==(const SignalTargets&) const = default;
};

/// Where an open menu is on the screen; noted with each frame.
struct MenuBounds {
    int x = 0, y = 0, width = 0, height = 0;  ///< with its border
    int rows_y = 0, rows = 0;                 ///< of the lines to pick from
    std::size_t first = 0;                    ///< the line in the first of these rows

    bool operator==(const MenuBounds&) const = default;
};

struct MenuState {
    std::size_t cursor = 0;
    MenuBounds bounds;
    std::string typed;          ///< number or beginning of a name, by which a line is selected
    std::string prompt;         ///< being typed
    std::string prompt_before;  ///< what Esc brings back
    SignalTargets signal_targets;
    // Of the menus that freeze cgroups and change how threads are scheduled: fixed when they opened.
    CgroupMembers cgroup;
    std::vector<Target> targets;
    std::string target_words;                ///< whom they are about
    Scheduling scheduling;                   ///< of the first one
    std::vector<std::uint32_t> chosen_cpus;  ///< in the menu of CPUs
    int signal = 0;
};

}  // namespace tsa
