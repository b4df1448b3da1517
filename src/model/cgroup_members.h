// SPDX-License-Identifier: MIT
// What stops if the cgroup (v2) of a process is frozen: all processes in it and below, and why it may not be. Pure
// data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tsa {

struct CgroupMember {
    std::uint32_t tgid = 0;
    std::string comm;  ///< raw; empty: not known

    bool operator==(const CgroupMember&) const = default;
};

struct CgroupMembers {
    std::string path;                     ///< in the unified tree: "/a/b"
    std::vector<CgroupMember> processes;  ///< ascending; at most kMaxCgroupMembers
    std::size_t left_out = 0;             ///< of processes
    std::size_t cgroups_below = 0;
    bool is_root = false;
    bool has_own = false;       ///< this program is inside, or a process that it runs under
    bool has_init = false;      ///< process 1 is
    bool is_frozen = false;     ///< by its own cgroup.freeze
    bool frozen_above = false;  ///< by a cgroup above it
    bool process_is_own =
        false;            ///< the process that was asked for: this program, one that it runs under, or process 1
    std::string problem;  ///< why nothing is known; the rest is empty then

    bool operator==(const CgroupMembers&) const = default;
};
inline constexpr std::size_t kMaxCgroupMembers = 4096;

}  // namespace tsa
