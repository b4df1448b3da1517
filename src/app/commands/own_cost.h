// What `bench` and `profile` share: the machine that they measured on, and the way out of the result.
#pragma once

#include <string_view>

#include "app/host/outcome.h"
#include "base/result.h"
#include "model/latency.h"
#include "model/sample.h"

namespace tsa {

/// The running kernel, the CPUs that are online, and the sample's threads.
[[nodiscard]] CostContext cost_context(const Sample& sample);

/// To stdout. A reader that left is no error.
Result<Outcome> print_cost(std::string_view text);

}  // namespace tsa
