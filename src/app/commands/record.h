// `rstat-tsa record`: every thread's every interval into files, until told to stop, or for a command's life.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"

namespace tsa {

/// Runs until it is told to stop, its time is over, what it was to record has ended, or the disk is full. Error:
/// printed by main, exit code 1; what is on disk can be read.
Result<Outcome> run_record(const RecordOptions& options);

}  // namespace tsa
