// The part of a thread's JSON object that the kernel's delay accounting tells: "taskstats" and, beside the probes'
// numbers, "reconciliation".
#pragma once

#include "model/report.h"
#include "output/json.h"

namespace tsa {

/// "taskstats": null, or the object. With Report::delays also "reconciliation": one object per pair of counters.
void put_delays(Json& json, const Report& report, const ThreadRow& row);

/// The same of the machine, for the object "system": its sums beside /proc/stat and PSI. Nothing without
/// Report::delays.
void put_system_reconciliation(Json& json, const Report& report);

}  // namespace tsa
