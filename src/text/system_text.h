// SPDX-License-Identifier: MIT
// A value of a machine column (model/system_columns.h), formatted for people.
#pragma once

#include "model/system_columns.h"
#include "text/units.h"

namespace tsa {

/// "38.2 %", "1.41 GiB", "181 MiB/s", "71 °C", "47.2 W", "4100 MHz"; a count or a load as an average. Never below 0; a
/// share never above 100 %: for means over intervals.
[[nodiscard]] ShortText system_text(double value, SystemUnit unit);

}  // namespace tsa
