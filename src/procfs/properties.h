// What /proc says of one thread that somebody looks at: where it sleeps in the kernel, where it may run, who limits it,
// what its descriptors are. Read once per refresh of the drill-down; parsing is pure. A thread that is gone, or that
// this user may not read, leaves everything absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/thread_detail.h"

namespace tsa {

/// Of the thread `tid`; the command line is its process's. About six files.
[[nodiscard]] ThreadProperties read_properties(std::uint32_t tid, const std::string& root = "/");

/// What descriptor `fd` of that thread is: "socket", "pipe", "eventfd", "/var/log/x"; raw. Absent when it is closed.
[[nodiscard]] std::optional<std::string> read_descriptor_name(std::uint32_t tid, std::int32_t fd,
                                                              const std::string& root = "/");

/// From the target of a link in /proc/TID/fd: "socket:[4711]" is "socket", "anon_inode:[eventfd]" is "eventfd".
[[nodiscard]] std::string descriptor_name(std::string_view link);

/// The cgroup that limits a thread, from /proc/TID/cgroup: the path in the unified hierarchy; where that is the root
/// and version 1 controllers are in use, the deepest of theirs with its controllers in front: "memory:/batch".
[[nodiscard]] std::optional<std::string> parse_cgroup(std::string_view proc_cgroup);

/// Fills the parts that /proc/TID/status has.
void parse_status_properties(std::string_view proc_status, ThreadProperties& out);

}  // namespace tsa
