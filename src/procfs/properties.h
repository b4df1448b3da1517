// SPDX-License-Identifier: MIT
// Details of one viewed thread from /proc: where it sleeps in the kernel, its CPU affinity, its cgroup limits and its
// descriptors. Read once per refresh of the drill-down; parsing is pure. For a thread that is gone or not readable by
// this user, everything is absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/thread_detail.h"

namespace tsa {

/// Of the thread `tid`; the command line is its process's. About six files.
[[nodiscard]] ThreadProperties read_properties(std::uint32_t tid, const std::string& root = "/");

/// The type of descriptor `fd` of that thread: "socket", "pipe", "eventfd", "/var/log/x"; raw. Absent if it is closed.
[[nodiscard]] std::optional<std::string> read_descriptor_name(std::uint32_t tid, std::int32_t fd,
                                                              const std::string& root = "/");

/// From the link target in /proc/TID/fd: "socket:[4711]" is "socket", "anon_inode:[eventfd]" is "eventfd".
[[nodiscard]] std::string descriptor_name(std::string_view link);

/// The cgroup that limits a thread, from /proc/TID/cgroup: the path in the unified hierarchy; if that is the root and
/// version 1 controllers are in use, their deepest path, prefixed with its controllers: "memory:/batch".
[[nodiscard]] std::optional<std::string> parse_cgroup(std::string_view proc_cgroup);

/// Number of CPUs in a list of the kernel: 5 for "0-3,8". Absent for anything else.
[[nodiscard]] std::optional<std::uint32_t> count_cpus(std::string_view list);

/// Fills the fields found in /proc/TID/status.
void parse_status_properties(std::string_view proc_status, ThreadProperties& out);

}  // namespace tsa
