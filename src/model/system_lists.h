// SPDX-License-Identifier: MIT
// The machine's numbers that are lists (CPUs, GPUs, reasons for throttling) as compact JSON text, and back: the content
// of one table cell. Part of system_columns.h; pure. Invalid JSON leaves the list empty.
#pragma once

#include "model/system_columns.h"

namespace tsa {

/// Maximum length of a list of GPUs or CPUs; the rest is left out.
inline constexpr std::size_t kMaxListedCpus = 65536;
inline constexpr std::size_t kMaxListedGpus = 64;

/// Busy percent by CPU number, null if absent: [12.5,null,3].
SystemValue get_per_cpu(const Report& report, fmt::memory_buffer& scratch);
void set_per_cpu(Report& report, const SystemValue& value);

/// A list of objects with all of a GPU's values, null if absent. Characters of a name that are not printable ASCII are
/// escaped as text: \x1b.
SystemValue get_gpus(const Report& report, fmt::memory_buffer& scratch);
void set_gpus(Report& report, const SystemValue& value);

/// A list of their keys: ["pl1","thermal"].
SystemValue get_throttle_reasons(const Report& report, fmt::memory_buffer& scratch);
void set_throttle_reasons(Report& report, const SystemValue& value);

}  // namespace tsa
