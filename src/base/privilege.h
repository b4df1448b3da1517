// What an ordinary user needs to run this program in full: one list for help, error hints, scripts/install and (by a
// test) the README. bpf, perfmon: load the probes. net_admin: taskstats. sys_ptrace: processes that /proc hides, and
// before Linux 6.1 who holds a lock. syslog: kernel addresses. Not dac_read_search, though it would
// name the descriptors of other users' processes: `replay` opens folders that the user names, and a program with it
// could be made to read any file for anyone.
#pragma once

namespace tsa {

// A macro, so that it can stand inside longer string literals.
#define RSTAT_SETCAP "setcap cap_bpf,cap_perfmon,cap_net_admin,cap_sys_ptrace,cap_syslog+ep"

}  // namespace tsa
