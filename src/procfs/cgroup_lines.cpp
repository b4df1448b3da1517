// SPDX-License-Identifier: MIT
// See cgroup_lines.h.
#include "procfs/cgroup_lines.h"

#include <algorithm>
#include <cstddef>

#include "base/scan.h"

namespace tsa {

std::optional<CgroupLine> next_cgroup_line(std::string_view& proc_cgroup) {
    while (const auto line = next_line(proc_cgroup)) {
        const std::size_t first = line->find(':');
        const std::size_t second = first == std::string_view::npos ? first : line->find(':', first + 1);
        if (second != std::string_view::npos) {
            return CgroupLine{line->substr(0, first), line->substr(first + 1, second - first - 1),
                              line->substr(second + 1)};
        }
    }
    return std::nullopt;
}

bool has_word(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::string_view first = list.substr(0, list.find(','));
        if (first == word) {
            return true;
        }
        list.remove_prefix(std::min(first.size() + 1, list.size()));
    }
    return false;
}

}  // namespace tsa
