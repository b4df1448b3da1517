// Least privilege: what this process may do, and giving up what a loop no longer needs once it has started. The list
// that a user grants is base/privilege.h's.
#pragma once

#include <sys/capability.h>

#include <string_view>

#include "base/result.h"
#include "model/health.h"
#include "cli/options.h"

namespace tsa {

/// What a loop still does after its start that takes a capability. What was not granted is not kept either.
struct Keep {
    /// Use of what is loaded: map updates of the sweep, names of kernel functions, run times. Linux before 5.19 asks
    /// for CAP_BPF at each call when kernel.unprivileged_bpf_disabled is set; later ones only to load.
    bool probes = false;
    bool more_probes = false;  ///< load another program: the drill-down's
    bool taskstats = false;    ///< the kernel asks for CAP_NET_ADMIN at each request
    /// /proc/TID/io and fd of other users; under hidepid all of their /proc: what it hides looks as if it had ended.
    bool other_processes = false;
    bool signals = false;        ///< to other users' processes
    bool priorities = false;     ///< nice values of other users' processes, and below 0
    bool settings = false;       ///< kernel.task_delayacct
    bool foreign_files = false;  ///< new files in a directory of another user's
};

/// What each kind of run needs after its start.
[[nodiscard]] Keep kept_by_stat(Source source, bool taskstats);
[[nodiscard]] Keep kept_by_stat_command();
/// Call it when the recording's directory is there.
[[nodiscard]] Keep kept_by_record(const RecordOptions& options, Source source);
[[nodiscard]] Keep kept_by_screens();

/// Gives up every other capability for good: effective, permitted, inheritable and ambient, and no later exec brings
/// one back, not even root's. Children that exist already keep theirs. Call it when everything that needs more is open:
/// probes attached, -o FILE created, the command forked. Error: the kernel refuses, which it never should.
Result<void> drop_capabilities(const Keep& keep);

/// /proc is mounted so that it hides other users' processes (hidepid=1, 2 or 4).
[[nodiscard]] bool proc_hides_processes(std::string_view mountinfo);

}  // namespace tsa
