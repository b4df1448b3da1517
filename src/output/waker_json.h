// SPDX-License-Identifier: MIT
// The last waker of a thread in its JSON object: "waker".
#pragma once

#include "model/report.h"
#include "output/json.h"

namespace tsa {

/// With Report::wakers: "exec_irq_ns", and "waker" with "tid", "tgid" and "comm" of a thread, or "interrupt" with its
/// kind; null where none is known for sure. Else nothing.
void put_waker(Json& json, const Report& report, const ThreadRow& row);

}  // namespace tsa
