// SPDX-License-Identifier: MIT
// The stack of a thread's open wait in its JSON object: "stack".
#pragma once

#include "model/report.h"
#include "output/json.h"

namespace tsa {

/// With Report::stacks: "stack" with both parts, innermost function first, or null where there is none. Else nothing.
void put_stack(Json& json, const Report& report, const ThreadRow& row);

}  // namespace tsa
