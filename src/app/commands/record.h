// SPDX-License-Identifier: MIT
// `rstat-tsa record`: writes every interval of every thread to files, until stopped, or until a command ends.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Runs until it is stopped, its time has elapsed, the recorded threads have ended, or the disk is full. Error: printed
/// by main, exit code 1; what is on disk can be read.
Result<Outcome> run_record(const RecordOptions& options);

}  // namespace tsa
