// SPDX-License-Identifier: MIT
// `rstat-tsa profile`: what the scheduler probes cost on this machine: how long each run of each BPF program takes,
// measured in the kernel.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Measures for the requested time, or until a signal, and prints the result. Errors: the probes do not run, with
/// doctor's explanation; the output cannot be written.
Result<Outcome> run_profile(const ProfileOptions& options);

}  // namespace tsa
