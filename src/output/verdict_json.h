// SPDX-License-Identifier: MIT
// A verdict in JSON: "verdict", an object with "cause", "share", "culprit" and "text", or null.
#pragma once

#include "output/json.h"
#include "verdict/verdict.h"

namespace tsa {

/// Null: there is none.
void put_verdict(Json& json, const DelayVerdict* verdict);

}  // namespace tsa
