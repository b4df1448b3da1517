// SPDX-License-Identifier: MIT
// What the screens ask of their caller: only it can signal a process, change the interval, or end the program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tsa {

/// Whom a signal or a nice value goes to. The caller checks the identity again before it acts.
struct Target {
    std::uint32_t tid = 0;  ///< of a whole process: of one of its threads
    std::uint32_t tgid = 0;
    std::uint64_t start_time_ns = 0;  ///< of the thread `tid`: its identity
    bool whole_process = false;
    std::string comm;  ///< of the thread, or of the process's main thread; raw bytes

    bool operator==(const Target&) const = default;
};

struct Command {
    enum class Kind : std::uint8_t {
        quit,
        set_interval,
        send_signal,
        change_nice,
        redraw,
        toggle_recording,  ///< of what the screens see
        freeze_cgroup,     ///< or thaw_cgroup, kill_cgroup: `cgroup`; with moves_out a new one for the only target
        thaw_cgroup,
        kill_cgroup,
        set_affinity,          ///< of the targets: `cpus`
        set_policy,            ///< `policy`, `priority`
        set_io_priority,       ///< `policy` is a class of ionice(1), `priority` its level
        yank,                  ///< copies `text` to the clipboard
        arm_rule,              ///< `text`: the rule to watch from now on; empty: none
        save_settings,         ///< to the configuration file
        switch_accounting_on,  ///< delay accounting; put_back: as it was, when the program ends
    };
    Kind kind = Kind::quit;
    std::uint64_t interval_ms = 0;
    int signal = 0;
    int nice_delta = 0;
    bool put_back = true;
    std::string cgroup;  ///< path in the unified tree
    bool moves_out = false;
    bool leave_frozen = false;  ///< quit: what was frozen stays so; else it is thawed
    std::vector<std::uint32_t> cpus;
    int policy = 0;
    int priority = 0;
    std::vector<Target> targets;
    std::string text;       ///< raw
    std::string text_name;  ///< what it is: "PID 4177"
};

inline constexpr std::uint64_t kShortestIntervalMs = 16;
inline constexpr std::uint64_t kLongestIntervalMs = 60'000;

}  // namespace tsa
