// SPDX-License-Identifier: MIT
// ViewState: everything that the user has chosen or is doing on the screens: what all pages share, and a part for each
// page, which is declared in its folder. A value: keys make a new one from the old, the view draws it. No handle, no
// clock, nothing of the terminal.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cgroup_members.h"
#include "model/process_signals.h"
#include "model/scheduling.h"
#include "model/taskstats.h"
#include "settings/saved_screen.h"
#include "tui/about/about.h"
#include "tui/equipment.h"
#include "tui/help/state.h"
#include "tui/look/state.h"
#include "tui/menus/state.h"
#include "tui/overview/state.h"
#include "tui/replay/state.h"
#include "tui/rule_watch.h"
#include "tui/stack_times/state.h"
#include "tui/thread/state.h"

namespace tsa {

struct Page;

/// Which letters do what, where the conventions of htop and vi conflict.
enum class KeySet : std::uint8_t { htop, vim };

/// A filter that the user has given a name.
struct NamedFilter {
    std::string name, text;

    bool operator==(const NamedFilter&) const = default;
};

struct ViewState {
    std::vector<const Page*> pages;  ///< open over the overview, the last one on top
    OverviewState overview;
    ThreadPageState thread;
    StackTimesState stack_times;
    LookState look;
    MenuState menu;
    HelpState help;
    AboutState about;
    std::optional<ReplayState> replay;  ///< absent: live

    Equipment equipment;                          ///< what the reports so far have shown
    Accounting accounting = Accounting::unknown;  ///< delay accounting, as last seen
    bool accounting_needs_boot = false;           ///< off, and this kernel cannot switch it on while it runs
    std::string chosen;                           ///< which threads are collected: "process 4588 webapp"; empty: all
    bool chosen_can_end = true;                   ///< by number; a name or a unit may come back
    std::optional<std::uint64_t> chosen_ended_unix_ns;  ///< since when none of them is alive
    std::string chosen_unseen;        ///< why they have no row although one is alive; empty: they have one, or none is
    std::vector<std::string> frozen;  ///< cgroups that these screens froze
    KeySet key_set = KeySet::htop;
    std::vector<NamedFilter> filters;
    std::vector<SavedScreen> screens;  ///< that Tab walks through, the main one first; empty: only that one
    std::size_t screen = 0;            ///< the one that is shown: what is in `screens` for it is out of date
    bool paused = false;
    bool recording = false;  ///< the screens' reports are being recorded
    RuleWatch rule;          ///< that is armed
    std::uint64_t interval_ms = 500;
    std::string message;  ///< one line; cleared by the next key
    bool message_is_warning = false;

    int width = 0, height = 0;  ///< of the last frame: what a click means depends on it
};

/// What the machine is called, and what is asked of it while a key is handled; given once by the caller.
struct Machine {
    std::string host;
    std::string kernel;  ///< "Linux 6.12"
    /// Name of a user, or empty. Must be cheap: called for each visible row.
    std::function<std::string_view(std::uint32_t uid)> user_name;
    /// Local time at that moment, in seconds east of UTC; none: clock times are UTC.
    std::function<std::int64_t(std::int64_t unix_s)> utc_offset_s;
    /// What a process does with its signals, and which of them the thread `tid` blocks (0: no thread). Absent: it is
    /// gone or hidden. Called when the signal menu opens and when a signal is picked.
    std::function<std::optional<SignalHandling>(std::uint32_t tgid, std::uint32_t tid)> signal_handling;
    /// What is in the cgroup of a process. Called when the question about freezing opens.
    std::function<CgroupMembers(std::uint32_t tgid)> cgroup_of;
    /// How a thread is scheduled; absent: it is gone. Called when a menu that changes it opens.
    std::function<std::optional<Scheduling>(std::uint32_t tid)> scheduling_of;
    std::uint32_t own_tgid = 0;  ///< of this program
    bool container = false;      ///< only the threads of a PID namespace are seen, not all of the machine's
};

}  // namespace tsa
