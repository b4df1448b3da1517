// SPDX-License-Identifier: MIT
// What `bench` and `profile` share: the machine they measured, and how the result is written.
#pragma once

#include <string_view>

#include "app/host/outcome.h"
#include "base/result.h"
#include "model/latency.h"
#include "model/sample.h"

namespace tsa {

/// The running kernel, the online CPUs, and the number of threads in the sample.
[[nodiscard]] CostContext cost_context(const Sample& sample);

/// To stdout. A closed pipe is not an error.
Result<Outcome> print_cost(std::string_view text);

}  // namespace tsa
