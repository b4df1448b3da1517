// SPDX-License-Identifier: MIT
// See scheduling_text.h.
#include "text/scheduling_text.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace tsa {

std::string cpu_list_text(std::span<const std::uint32_t> cpus) {
    std::string out;
    for (std::size_t at = 0; at < cpus.size();) {
        std::size_t last = at;
        while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) {
            ++last;
        }
        out += fmt::format("{}{}", out.empty() ? "" : ",", cpus[at]);
        out += last > at ? fmt::format("{}{}", last == at + 1 ? "," : "-", cpus[last]) : "";
        at = last + 1;
    }
    return out;
}

std::string policy_text(int policy, int rt_priority) {
    constexpr std::array<std::string_view, 8> kNames{"other", "fifo", "rr", "batch", "", "idle", "deadline", "ext"};
    const bool known = policy >= 0 && static_cast<std::size_t>(policy) < kNames.size() &&
                       !kNames[static_cast<std::size_t>(policy)].empty();
    const std::string name =
        known ? std::string(kNames[static_cast<std::size_t>(policy)]) : fmt::format("policy {}", policy);
    return rt_priority > 0 ? fmt::format("{} {}", name, rt_priority) : name;
}

std::string io_priority_text(int io_class, int level) {
    switch (io_class) {
        case 1:
            return fmt::format("real-time {}", level);
        case 2:
            return fmt::format("best effort {}", level);
        case 3:
            return "idle";
        default:
            return "by nice value";
    }
}

}  // namespace tsa
