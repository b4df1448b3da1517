// SPDX-License-Identifier: MIT
// The row of one thread or process among the living of a report. Linear: for one of them, not for each of many.
#pragma once

#include <cstdint>

#include "model/report.h"

namespace tsa {

/// Null: the report does not list it. Of two with one key the living one: a leader whose TID another thread has taken
/// over by exec is dead, but still listed for a moment.
[[nodiscard]] const ThreadRow* find_row(const Report& report, const ThreadKey& key);
/// The thread that has this TID now; null: none is listed.
[[nodiscard]] const ThreadRow* find_row(const Report& report, std::uint32_t tid);
[[nodiscard]] const ProcessRow* find_process(const Report& report, std::uint32_t tgid);

}  // namespace tsa
