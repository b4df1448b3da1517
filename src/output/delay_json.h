// SPDX-License-Identifier: MIT
// The delay accounting part of a thread's JSON object: "taskstats" and, compared with the probes, "reconciliation".
#pragma once

#include "model/report.h"
#include "output/json.h"

namespace tsa {

/// "taskstats": null, or the object. With Report::delays also "reconciliation": one object per pair of counters.
void put_delays(Json& json, const Report& report, const ThreadRow& row);

/// The same for the whole machine, in the object "system": its sums compared with /proc/stat and PSI. Nothing without
/// Report::delays.
void put_system_reconciliation(Json& json, const Report& report);

}  // namespace tsa
