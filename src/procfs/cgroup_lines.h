// SPDX-License-Identifier: MIT
// The lines of /proc/TID/cgroup: one for each hierarchy of cgroups, with the thread's place in it.
#pragma once

#include <optional>
#include <string_view>

namespace tsa {

/// Of "4:cpu,cpuacct:/batch" and "0::/batch". Views into the text.
struct CgroupLine {
    std::string_view hierarchy;    ///< its number; "0": the unified one, which has no controllers
    std::string_view controllers;  ///< "cpu,cpuacct"
    std::string_view path;         ///< may have colons
};

/// Cuts the first line off `proc_cgroup`; lines of another form are skipped. Absent at the end.
[[nodiscard]] std::optional<CgroupLine> next_cgroup_line(std::string_view& proc_cgroup);

/// Whether a list such as "rw,cpu,cpuacct" has the word.
[[nodiscard]] bool has_word(std::string_view list, std::string_view word);

}  // namespace tsa
