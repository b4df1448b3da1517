// SPDX-License-Identifier: MIT
// Neighbors as text.
#pragma once

#include <cstdint>
#include <string>

#include "model/neighbors.h"

namespace tsa {

/// "4321 cc1plus", "its own threads" for the process `own_tgid`, "idle" for a CPU that ran nothing; printable. What has
/// no ID has only a name.
[[nodiscard]] std::string neighbor_text(const Neighbor& process, std::uint32_t own_tgid);

}  // namespace tsa
