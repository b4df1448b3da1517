// SPDX-License-Identifier: MIT
// See neighbor_text.h.
#include "text/neighbor_text.h"

#include <fmt/format.h>

#include "text/sanitize.h"

namespace tsa {

std::string neighbor_text(const Neighbor& process, std::uint32_t own_tgid) {
    if (process.idle) {
        return "idle";
    }
    if (process.tgid != 0 && process.tgid == own_tgid) {
        return "its own threads";
    }
    const std::string name = printable(process.comm_view());
    return process.tgid != 0 ? fmt::format("{} {}", process.tgid, name) : name;
}

}  // namespace tsa
