// SPDX-License-Identifier: MIT
// `rstat-tsa bench`: what a refresh costs on this machine, part by part, with the real source and all threads.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Runs the requested refreshes, or until a signal, and prints what it measured. Errors: the source does not start; the
/// output cannot be written.
Result<Outcome> run_bench(const BenchOptions& options);

}  // namespace tsa
