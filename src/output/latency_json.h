// SPDX-License-Identifier: MIT
// The program's own cost as JSON: one object and a newline. Within a schema, keys are only added; unmeasured values are
// null. Pure.
#pragma once

#include <string>

#include "model/latency.h"

namespace tsa {

inline constexpr int kCostSchema = 1;

/// {"schema":1,"kernel","architecture","cpus","threads","source","pause_ns","wanted","refreshes","stages":[{"stage",
/// "avg_ns","p50_ns","p95_ns","p99_ns","min_ns","max_ns"}]}
[[nodiscard]] std::string bench_json(const BenchResult& result);

/// {"schema":1,"kernel","architecture","cpus","threads","interval_ns","wanted_ns","empty_ns","programs":[{"program",
/// "event","runs","total_ns","mean_ns","p99_below_ns","cpu_pct","buckets":[{"from_ns","to_ns","runs"}]}],"seed":{..},
/// "runs","total_ns","cpu_pct"}: `to_ns` is exclusive, empty buckets are left out, `cpu_pct` is of one CPU.
[[nodiscard]] std::string profile_json(const ProfileResult& result);

}  // namespace tsa
