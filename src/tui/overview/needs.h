// SPDX-License-Identifier: MIT
// What the overview needs of the sources, beyond the report: facts of the rows on the screen, and what its columns
// show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tui/page.h"

namespace tsa {

[[nodiscard]] std::vector<ThreadKey> shown_threads(const ViewState& state, const Report& report);
/// Of which facts are needed.
[[nodiscard]] std::vector<std::uint32_t> shown_processes(const ViewState& state, const Report& report);
/// A filter, a search and an order need those of all processes.
[[nodiscard]] bool needs_all_facts(const ViewState& state);
/// Of groups, whose limits are shown.
[[nodiscard]] std::vector<std::string> shown_cgroups(const ViewState& state, const Report& report);
/// Threads whose delay accounting is shown.
[[nodiscard]] std::vector<ThreadKey> delay_rows(const ViewState& state, const Report& report);
[[nodiscard]] bool shows_wakers(const ViewState& state);

}  // namespace tsa
