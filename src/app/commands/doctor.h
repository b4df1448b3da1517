// SPDX-License-Identifier: MIT
// `rstat-tsa doctor`: examines the machine and this process, has the facts judged, and prints the findings.
#pragma once

#include "app/host/outcome.h"
#include "base/result.h"
#include "cli/options.h"
#include "doctor/diagnosis.h"

namespace tsa {

/// Loads and attaches the probes briefly; makes no lasting change.
[[nodiscard]] MachineFacts collect_facts();

/// Exit code 0 when the scheduler probes work, else 1. Error: the output cannot be written.
Result<Outcome> run_doctor(const DoctorOptions& options);

}  // namespace tsa
