// SPDX-License-Identifier: MIT
// What an ordinary user needs to run this program in full: one list for help, error hints, scripts/install and (by a
// test) the README. bpf, perfmon: load the probes. net_admin: taskstats. sys_ptrace: processes hidden by hidepid and,
// before Linux 6.1, lock holders. syslog: kernel addresses. Not dac_read_search, although it would show the descriptors
// of other users' processes: `replay` opens directories that the user names, so a program with that capability could
// read any file for any user.
#pragma once

namespace tsa {

// A macro, so that it can be part of longer string literals.
#define RSTAT_SETCAP "setcap cap_bpf,cap_perfmon,cap_net_admin,cap_sys_ptrace,cap_syslog+ep"

}  // namespace tsa
