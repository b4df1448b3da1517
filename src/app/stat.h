// `rstat-tsa stat`: a report per interval until told to stop, or a command followed from birth to death.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/options.h"

namespace tsa {

class Collector;

/// How a loop ended.
struct Outcome {
    int exit_code = kExitOk;
    std::string note;  ///< for stderr; empty: nothing to say
};

/// Runs until it is told to stop. Error: printed by main, exit code 1.
Result<Outcome> run_stat(const Options& options);
/// Says that `automatic` took /proc, and that the numbers that follow are fewer.
void tell_source(const Collector& collector);
/// `stat -- CMD`.
Result<Outcome> run_stat_command(const Options& options);

}  // namespace tsa
