// SPDX-License-Identifier: MIT
// The system calls that a command no longer makes once it has started: they fail from then on (seccomp), also for an
// attacker who controls it. Commands of `-- CMD` are forked before, and have no filter.
#pragma once

namespace tsa {

/// What a command still does after its start.
struct SystemCallUse {
    bool programs = false;     ///< runs other programs: copies to a clipboard, gets debug files
    bool more_probes = false;  ///< opens perf events
};

/// Set to "off" in the environment, it leaves out the filter.
inline constexpr const char* kSeccompVariable = "RSTAT_SECCOMP";

/// For all threads, for good. Needs no_new_privs. No effect where the kernel has no such filters, or refuses one.
void limit_system_calls(const SystemCallUse& use);

}  // namespace tsa
