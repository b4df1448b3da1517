// SPDX-License-Identifier: MIT
// The mounts that /proc/self/mountinfo lists, for those who look for one: where cgroup v2 is, how /proc is mounted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tsa {

/// Of "24 30 0:22 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup rw". Views into the text.
struct Mount {
    std::string_view root;           ///< the part of the file system that is mounted: "/"
    std::string_view point;          ///< "/sys/fs/cgroup"; a space in it is \040
    std::string_view type;           ///< "cgroup2"
    std::string_view super_options;  ///< of the file system: "rw,hidepid=invisible"
};

/// Cuts the first mount off `mountinfo`; lines that are not mounts are skipped. Absent at the end.
[[nodiscard]] std::optional<Mount> next_mount(std::string_view& mountinfo);

/// The text of /proc/self/mountinfo; empty when it cannot be read.
[[nodiscard]] std::string read_mountinfo();

}  // namespace tsa
