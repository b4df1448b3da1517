// SPDX-License-Identifier: MIT
// The capabilities of this program: which ones exist for it, what a user grants, and which are kept after the start for
// what. One table for the code that drops them, help, error hints, doctor, scripts/install and the documents.
#pragma once

#include <linux/capability.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tsa {

// What an ordinary user needs to run this program in full. A macro, so that it can be part of longer string literals;
// a test compares it with kCapabilities.
#define RSTAT_SETCAP "setcap cap_bpf,cap_perfmon,cap_net_admin,cap_sys_ptrace,cap_syslog+ep"

struct CapabilityInfo {
    int number;
    std::string_view name;
    std::string_view use;   ///< "loads ..."
    std::string_view cost;  ///< without it; empty: only what a key or an option does for another user's processes
    bool granted;           ///< in RSTAT_SETCAP; else only root has it
};

/// Not granted is dac_read_search, although it would show the descriptors of other users' processes: `replay` opens
/// directories that the user names, so a program with that capability could read any file for any user.
inline constexpr std::array kCapabilities = std::to_array<CapabilityInfo>({
    {CAP_BPF, "cap_bpf", "loads the probes", "no scheduler probes", true},
    {CAP_PERFMON, "cap_perfmon", "lets the probes read scheduler data", "no scheduler probes", true},
    {CAP_NET_ADMIN, "cap_net_admin", "reads the kernel's delay accounting (taskstats)",
     "no second source to compare the probes with", true},
    {CAP_SYS_PTRACE, "cap_sys_ptrace",
     "shows processes hidden by hidepid, memory and stacks of other users' processes; before Linux 6.1, lock holders",
     "processes hidden by hidepid are not shown; labels and stacks of other users' threads lack what is in memory",
     true},
    {CAP_SYSLOG, "cap_syslog", "shows kernel addresses, which separate swap-in from other I/O",
     "swap_wait counts as io_wait unless kernel addresses are visible to all users", true},
    {CAP_DAC_READ_SEARCH, "cap_dac_read_search", "shows descriptors and I/O of other users' processes",
     "descriptors and I/O of other users' processes are not shown", false},
    {CAP_KILL, "cap_kill", "sends signals to other users' processes", "", false},
    {CAP_SYS_NICE, "cap_sys_nice", "changes nice values of other users' processes, and below 0", "", false},
    {CAP_SYS_ADMIN, "cap_sys_admin", "switches kernel.task_delayacct", "", false},
    {CAP_DAC_OVERRIDE, "cap_dac_override", "creates files in other users' directories, writes their cgroups", "",
     false},
    {CAP_FOWNER, "cap_fowner", "replaces files in other users' directories", "", false},
    {CAP_SETUID, "cap_setuid", "writes settings in another user's home as that user", "", false},
    {CAP_SETGID, "cap_setgid", "the same", "", false},
    {CAP_CHECKPOINT_RESTORE, "cap_checkpoint_restore", "opens deleted files that processes have mapped", "", false},
});

/// What still needs privileges after the start.
enum class PrivilegeUse : std::uint8_t {
    probes,
    more_probes,
    taskstats,
    other_processes,
    signals,
    priorities,
    settings,
    foreign_files,
    cgroups,
    labels,
    stacks,
    python,
    locks,
    processes,
    identity,
};

struct PrivilegeUseInfo {
    PrivilegeUse use;
    std::string_view by;  ///< who keeps it
    std::string_view what;
    std::array<int, 4> capabilities;  ///< the first `count` of them
    std::size_t count;
};

namespace detail {

template <class... Capabilities>
constexpr PrivilegeUseInfo kept(PrivilegeUse use, std::string_view by, std::string_view what, Capabilities... list) {
    return {use, by, what, {list...}, sizeof...(list)};
}

}  // namespace detail

/// A row for each PrivilegeUse, in its order.
inline constexpr std::array kPrivilegeUses = std::to_array<PrivilegeUseInfo>({
    detail::kept(PrivilegeUse::probes, "`stat`, `record`, `waybar`, `metrics`, the screens",
                 "the loaded probes (before Linux 5.19)", CAP_BPF),
    detail::kept(PrivilegeUse::more_probes, "the screens, `record --stacks`, `record --armed`",
                 "the probe of the drill-down, samples of CPU time", CAP_BPF, CAP_PERFMON),
    detail::kept(PrivilegeUse::taskstats, "`--taskstats`, the screens", "requests to taskstats", CAP_NET_ADMIN),
    detail::kept(PrivilegeUse::other_processes, "the screens; `--source procfs`, or all where `/proc` hides processes",
                 "`/proc` of other users' processes", CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH),
    detail::kept(PrivilegeUse::signals, "the screens, `-- CMD`",
                 "signals to other users' processes, and to the command", CAP_KILL),
    detail::kept(PrivilegeUse::priorities, "the screens", "nice values of other users' processes", CAP_SYS_NICE),
    detail::kept(PrivilegeUse::settings, "the screens", "`kernel.task_delayacct`", CAP_SYS_ADMIN),
    detail::kept(PrivilegeUse::foreign_files,
                 "`record`, `metrics`, `report` and `export` into another user's directory", "new files there",
                 CAP_DAC_OVERRIDE, CAP_FOWNER),
    detail::kept(PrivilegeUse::cgroups, "the screens", "cgroups of other users: freeze, thaw, kill", CAP_DAC_OVERRIDE),
    detail::kept(PrivilegeUse::labels, "the threads `rstat-labels`", "descriptors and memory of other users' processes",
                 CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH),
    detail::kept(PrivilegeUse::stacks, "the thread `rstat-stacks`",
                 "maps and files of other users' processes, deleted ones too", CAP_BPF, CAP_SYS_PTRACE,
                 CAP_DAC_READ_SEARCH, CAP_CHECKPOINT_RESTORE),
    detail::kept(PrivilegeUse::python, "the threads `rstat-gil`",
                 "maps of other users' processes, to find Python's lock, and the probes, which are given its address",
                 CAP_BPF, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH),
    detail::kept(PrivilegeUse::locks, "the threads `rstat-locks`",
                 "memory of locks, where no BPF program may read it (before Linux 6.1)", CAP_SYS_PTRACE),
    detail::kept(PrivilegeUse::processes, "the threads `rstat-procs`",
                 "command lines and cgroups of other users' processes, names of containers", CAP_SYS_PTRACE,
                 CAP_DAC_READ_SEARCH),
    detail::kept(PrivilegeUse::identity, "the thread `rstat-settings`, if root's home is another user's",
                 "config.toml, written as that user", CAP_SETUID, CAP_SETGID),
});

[[nodiscard]] constexpr std::span<const int> capabilities_for(PrivilegeUse use) {
    const PrivilegeUseInfo& info = kPrivilegeUses[static_cast<std::size_t>(use)];
    return std::span(info.capabilities).first(info.count);
}

/// The same for SideThread::start().
[[nodiscard]] inline std::vector<int> list_of_capabilities(PrivilegeUse use) {
    const std::span<const int> list = capabilities_for(use);
    return {list.begin(), list.end()};
}

}  // namespace tsa
