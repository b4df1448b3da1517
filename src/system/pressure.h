// One file of /proc/pressure (PSI): how much of the time some, or all, threads stalled. Pure: text in, values out.
#pragma once

#include <optional>
#include <string_view>

#include "model/system_sample.h"

namespace tsa {

/// The "some" line must be there. Without a "full" line (cpu, before Linux 5.13) full is 0, which is what later kernels
/// print there: for the whole system a full CPU stall is undefined.
[[nodiscard]] std::optional<Pressure> parse_pressure(std::string_view text);

/// Time in interrupts is nobody's stall or everybody's: only the "full" line exists.
[[nodiscard]] std::optional<IrqPressure> parse_irq_pressure(std::string_view text);

}  // namespace tsa
