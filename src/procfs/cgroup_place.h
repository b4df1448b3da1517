// SPDX-License-Identifier: MIT
// Whose a cgroup is, by its path alone: the systemd unit, the container and the pod. Knows the paths of systemd (system
// and user units), docker, podman, containerd, CRI-O, Kubernetes, LXC and systemd-nspawn, under both of their cgroup
// drivers, nested ones too. Pure; names of containers are in container_names.h.
#pragma once

#include <string>
#include <string_view>

#include "model/process_table.h"

namespace tsa {

/// Digits of a container's ID that stand for it, as in the tables of docker and podman.
inline constexpr std::size_t kShortIdDigits = 12;

/// Of one path: "/system.slice/docker-<id>.scope". The innermost unit, container and pod.
[[nodiscard]] CgroupPlace place_of_path(std::string_view path);

/// Of the text of /proc/PID/cgroup, in a system with or without the unified hierarchy. Its path is that in the unified
/// tree, unless it is the root, else of the cpu controller's hierarchy, else of memory's, else of systemd's; unit,
/// container and pod are those of the first hierarchy, beginning with that one, that has them.
[[nodiscard]] CgroupPlace place_of_lines(std::string_view proc_cgroup);

/// A unit's name without systemd's escapes: "dev-disk\x2dby.swap" is "dev-disk-by.swap".
[[nodiscard]] std::string unescape_unit(std::string_view name);

/// For a path in the tree that a cgroup namespace shows: what is above its root is not known.
void hide_above(CgroupPlace& place);

}  // namespace tsa
