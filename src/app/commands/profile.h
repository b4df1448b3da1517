// `rstat-tsa profile`: what the scheduler probes cost on this machine: how long each run of each BPF program takes,
// measured in the kernel.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Measures for the time that was asked for, or until a signal, and prints it. Errors: the probes do not run, with what
/// doctor says; the output cannot be written.
Result<Outcome> run_profile(const ProfileOptions& options);

}  // namespace tsa
