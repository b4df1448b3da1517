// SPDX-License-Identifier: MIT
// Whose CPU time a thread waited for, in its JSON object: "cpu_wait_by".
#pragma once

#include "model/report.h"
#include "output/json.h"

namespace tsa {

/// With Report::neighbors: "cpu_wait_by", an array of "tid", "tgid", "comm", "cgroup" and "ns" of the interval, most
/// first; null for a thread that was not chosen. The idle task is not in it. Else nothing.
void put_neighbors(Json& json, const Report& report, const ThreadRow& row);

}  // namespace tsa
