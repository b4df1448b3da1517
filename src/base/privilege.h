// What an ordinary user needs to run this program in full: one list for help, error hints and (by a test) the README.
// bpf, perfmon: load the probes. sys_ptrace: who holds a lock that was waited for before the start. syslog: kernel
// addresses.
#pragma once

namespace tsa {

// A macro, so that it can stand inside longer string literals.
#define RSTAT_SETCAP "setcap cap_bpf,cap_perfmon,cap_sys_ptrace,cap_syslog+ep"

}  // namespace tsa
