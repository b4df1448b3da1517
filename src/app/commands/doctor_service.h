// SPDX-License-Identifier: MIT
// The facts of `doctor --service`; doctor/service.h judges them.
#pragma once

#include <string>

#include "doctor/service.h"

namespace tsa {

/// Environment, cgroup and unit files. `root`: before the path of each file, for tests.
[[nodiscard]] ServiceFacts collect_service_facts(const std::string& root = {});

}  // namespace tsa
