// SPDX-License-Identifier: MIT
// One file of /proc/pressure (PSI): the share of time in which some or all threads were stalled. Pure: text in, values
// out.
#pragma once

#include <optional>
#include <string_view>

#include "model/system_sample.h"

namespace tsa {

/// The "some" line is required. Without a "full" line (cpu, before Linux 5.13) full is 0, as printed by later kernels:
/// a full CPU stall is undefined for the whole system.
[[nodiscard]] std::optional<Pressure> parse_pressure(std::string_view text);

/// Time in interrupts stalls all threads or none: only the "full" line exists.
[[nodiscard]] std::optional<IrqPressure> parse_irq_pressure(std::string_view text);

}  // namespace tsa
