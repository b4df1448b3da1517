// SPDX-License-Identifier: MIT
// Numbers in five cells, however large: for columns of tables.
#pragma once

#include "text/units.h"

namespace tsa {

/// "0", "15321", "100k", "1.2M", "34G": whole numbers up to 99999, then thousands.
[[nodiscard]] ShortText scaled_text(double value);

}  // namespace tsa
