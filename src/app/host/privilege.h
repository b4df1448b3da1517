// SPDX-License-Identifier: MIT
// Least privilege: what this process may do, and giving up what a loop no longer needs once it has started. The list
// that a user grants is base/privilege.h's.
#pragma once

#include <sys/capability.h>

#include <string_view>

#include "base/result.h"
#include "cli/options.h"
#include "model/health.h"

namespace tsa {

/// What a loop still does after startup that needs a capability. A capability that was not granted is not kept either.
struct Keep {
    /// Use of loaded programs: map updates of the sweep, names of kernel functions, run times. Linux before 5.19
    /// requires CAP_BPF at each call when kernel.unprivileged_bpf_disabled is set; later ones only for loading.
    bool probes = false;
    bool more_probes = false;  ///< load another program: the drill-down's
    bool taskstats = false;    ///< the kernel requires CAP_NET_ADMIN for each request
    /// /proc/TID/io and fd of other users; under hidepid all of their /proc: hidden processes look as if they had
    /// ended.
    bool other_processes = false;
    bool signals = false;        ///< to other users' processes
    bool priorities = false;     ///< nice values of other users' processes, and below 0
    bool settings = false;       ///< kernel.task_delayacct
    bool foreign_files = false;  ///< new files in another user's directory
    bool cgroups = false;        ///< freeze and thaw those of other users
    bool programs = false;       ///< runs programs that it knows: no capability, but system calls
    bool commands = false;       ///< runs commands of the user, which may make any system call
};

/// What each kind of run needs after startup.
[[nodiscard]] Keep kept_by_stat(Source source, bool taskstats);
[[nodiscard]] Keep kept_by_stat_command();
/// Call it once the recording's directory exists.
[[nodiscard]] Keep kept_by_record(const RecordOptions& options, Source source);
[[nodiscard]] Keep kept_by_screens();
[[nodiscard]] Keep kept_by_replay();

/// Gives up every other capability for good: effective, permitted, inheritable and ambient, and no later exec restores
/// one, not even root's; and system calls that are not made from then on. Existing children keep theirs. Call it when
/// everything that needs more is open: probes attached, -o FILE created, the command forked. Error: the kernel refuses,
/// which should never happen.
Result<void> drop_capabilities(const Keep& keep);

/// Whether /proc is mounted to hide other users' processes (hidepid=1, 2 or 4).
[[nodiscard]] bool proc_hides_processes(std::string_view mountinfo);

}  // namespace tsa
