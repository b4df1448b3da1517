// `rstat-tsa doctor`: looks at the machine and at this process, has the facts judged, and prints what was found.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"
#include "doctor/diagnosis.h"

namespace tsa {

/// Loads and attaches the probes for a moment; changes nothing that stays.
[[nodiscard]] MachineFacts collect_facts();

/// Exit code 0 when the scheduler probes work, else 1. Error: the output cannot be written.
Result<Outcome> run_doctor(const DoctorOptions& options);

}  // namespace tsa
