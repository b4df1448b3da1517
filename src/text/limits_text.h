// SPDX-License-Identifier: MIT
// The limits of a cgroup, and what they did in the interval, as a phrase for people.
#pragma once

#include <string>

#include "model/process_table.h"

namespace tsa {

/// "quota 2 CPUs, throttled 340 ms, memory 1.2 GiB of 2.0 GiB, PSI cpu 8.1 %"; empty: there is nothing to say.
[[nodiscard]] std::string limits_text(const CgroupStats& stats);

}  // namespace tsa
